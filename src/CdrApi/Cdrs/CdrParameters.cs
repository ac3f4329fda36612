namespace CdrApi.Cdrs;

/// <summary>The list's query parameters by name; what each means stands in CdrOpenApi.</summary>
internal static class CdrParameters
{
    public const string StartDate = "start_date";
    public const string EndDate = "end_date";
    public const string Zone = "tz";
    public const string Account = "i_account";
    public const string Type = "type";
    public const string Order = "order";
    public const string Limit = "limit";
    public const string Cursor = "cursor";
    public const string Offset = "offset";
    public const string IncludeCount = "include_count";
    public const string MaxStaleness = "max_staleness";
    public const string Fields = "fields";
    public const string Format = "format";
    public const string Csv = "csv";

    public const int MostAccounts = 1000;
    public const int HighestStaleness = 86_400;
    public const int MostOffset = 100_000;

    /// <summary>Those that say which CDRs are meant, as far as the source has their fields.</summary>
    public static IEnumerable<string> OfFilter(CdrSource source, bool ofOneAccount) =>
    [
        StartDate, EndDate, Zone, .. ofOneAccount ? [] : new[] { Account }, Type,
        .. CdrFilterParameters.All.Where(p => source.Find(p.Field) is not null).Select(p => p.Name),
    ];

    /// <summary>Those of a list, whatever its format.</summary>
    public static IReadOnlyList<string> OfList(CdrSource source, bool ofOneAccount) =>
        [.. OfFilter(source, ofOneAccount), Order, Limit, Cursor, Offset, IncludeCount, MaxStaleness, Fields];

    /// <summary>Those that say how an answer is written.</summary>
    public static IReadOnlyList<string> OfFormat { get; } = [Format, Csv];

    /// <summary>Whether it takes several values.</summary>
    public static bool IsList(string name) =>
        name is Account or Fields || CdrFilterParameters.All.Any(p => p.Name == name && p.IsList);
}
