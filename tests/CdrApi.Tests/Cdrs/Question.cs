using System.Globalization;

namespace CdrApi.Tests.Cdrs;

/// <summary>A question to a list, as its URL says it; <see cref="QuestionSql"/> says the same in SQL.</summary>
internal sealed record Question
{
    /// <summary>Asked with the key that sees one account only.</summary>
    public bool IsNarrow { get; init; }

    /// <summary>The account in the path.</summary>
    public long? OfAccount { get; init; }

    public IReadOnlyList<long>? Accounts { get; init; }

    public DateTime? Start { get; init; }

    public DateTime? End { get; init; }

    /// <summary>How times are written: with Z, without, as local ones of <see cref="Zone"/>, or with an offset of so many hours.</summary>
    public string TimeStyle { get; init; } = "Z";

    /// <summary>An IANA name; null = not said.</summary>
    public string? Zone { get; init; }

    public string? Type { get; init; }

    public IReadOnlyList<Demand> Demands { get; init; } = [];

    public string? Order { get; init; }

    public int PageSize { get; init; } = 10;

    /// <summary>At most so many are asked for.</summary>
    public int Pages { get; init; } = 1;

    public int? Offset { get; init; }

    public string? IncludeCount { get; init; }

    /// <summary>null = the default ones; ["all"] = all.</summary>
    public IReadOnlyList<string>? Fields { get; init; }

    /// <summary>json, ndjson, csv or excel.</summary>
    public string Format { get; init; } = "json";

    public bool FormatByAccept { get; init; }

    /// <summary>Pages are followed by the Link header, not by the cursor.</summary>
    public bool ByLink { get; init; }

    /// <summary>Pages are queries of a batch.</summary>
    public bool InBatch { get; init; }

    public IReadOnlyList<string> FieldNames =>
        Fields is null ? Rows.DefaultFields : Fields is ["all"] ? Rows.AllFields : Fields;

    /// <summary>Of its page after the cursor; offset is of the first page only.</summary>
    public string Path(string? cursor = null)
    {
        var parameters = Filter().ToList();
        Add("order", Order);
        Add("limit", PageSize.ToString(CultureInfo.InvariantCulture));
        Add("offset", cursor is null ? Offset?.ToString(CultureInfo.InvariantCulture) : null);
        Add("include_count", IncludeCount);
        Add("fields", Fields is null ? null : string.Join(',', Fields));
        Add("format", FormatByAccept ? null : Format == "excel" ? "csv" : Format);
        Add("csv", Format == "excel" ? "excel" : null);
        Add("cursor", cursor);
        return $"{Root}?{string.Join('&', parameters.Select(p => $"{p.Name}={Uri.EscapeDataString(p.Value)}"))}";

        void Add(string name, string? value)
        {
            if (value is not null)
            {
                parameters.Add((name, value));
            }
        }
    }

    /// <summary>The same filter, asked for groups.</summary>
    public string StatisticsPath(string groups)
    {
        (string, string)[] own = [("limit", "100000"), .. groups.Length == 0 ? [] : new[] { ("group_by", groups) }];
        return $"{Root}/stats?{string.Join('&', Filter().Concat(own).Select(p => $"{p.Item1}={Uri.EscapeDataString(p.Item2)}"))}";
    }

    private string Root => OfAccount is { } account ? string.Create(CultureInfo.InvariantCulture, $"/accounts/{account}/cdrs") : "/cdrs";

    private IEnumerable<(string Name, string Value)> Filter()
    {
        (string Name, string? Value)[] all =
        [
            ("start_date", Start is { } start ? Time(start) : null), ("end_date", End is { } end ? Time(end) : null),
            ("tz", Zone), ("i_account", Accounts is null ? null : string.Join(',', Accounts)), ("type", Type),
        ];
        return all.Where(p => p.Value is not null).Select(p => (p.Name, p.Value!)).Concat(Demands.SelectMany(d => d.Parameters));
    }

    /// <summary>What a failure prints.</summary>
    public override string ToString() => $"{Format}{(FormatByAccept ? " by Accept" : "")}, {Pages} pages by "
        + $"{(ByLink ? "Link" : "cursor")}{(InBatch ? " in a batch" : "")}{(IsNarrow ? ", narrow key" : "")}: {Path()}";

    private string Time(DateTime utc) => TimeStyle.Length == 0 ? Local(utc) : TimeStyle is "Z"
        ? utc.ToString("yyyy-MM-dd'T'HH:mm:ss.FFFFFF", CultureInfo.InvariantCulture) + TimeStyle
        : new DateTimeOffset(utc).ToOffset(TimeSpan.FromHours(int.Parse(TimeStyle, CultureInfo.InvariantCulture)))
            .ToString("yyyy-MM-dd'T'HH:mm:ss.FFFFFFzzz", CultureInfo.InvariantCulture);

    // One that comes twice is the first: the second is written in UTC.
    private string Local(DateTime utc)
    {
        var zone = TimeZoneInfo.FindSystemTimeZoneById(Zone ?? "UTC");
        var local = TimeZoneInfo.ConvertTimeFromUtc(utc, zone);
        return local.ToString("yyyy-MM-dd'T'HH:mm:ss.FFFFFF", CultureInfo.InvariantCulture) is var text && zone.IsAmbiguousTime(local)
            ? utc.ToString("yyyy-MM-dd'T'HH:mm:ss.FFFFFF'Z'", CultureInfo.InvariantCulture) : text;
    }
}

/// <summary>A filter's parameter with its values.</summary>
internal sealed record Demand(string Parameter, IReadOnlyList<string> Values)
{
    private static readonly string[] Single = ["min_duration", "max_duration", "min_cost", "max_cost"];

    // Names of reference data are found whatever their case.
    private static readonly string[] Names = ["country", "protocol"];

    /// <summary>A parameter for each value, where there are several.</summary>
    public bool IsRepeated { get; init; }

    /// <summary>In double quotes, also where it need not be.</summary>
    public bool IsQuoted { get; init; }

    /// <summary>In lower case, where that changes nothing.</summary>
    public bool IsLower { get; init; }

    public IEnumerable<(string Name, string Value)> Parameters =>
        Single.Contains(Parameter) ? [(Parameter, Values[0])]
        : IsRepeated ? Values.Select(v => (Parameter, Written(v)))
        : [(Parameter, string.Join(',', Values.Select(Written)))];

    private string Written(string value) => Quoted(IsLower && Names.Contains(Parameter) ? value.ToLowerInvariant() : value);

    private string Quoted(string value) =>
        IsQuoted || value.Length == 0 || value.Contains(',') || value[0] is ' ' or '"' || value[^1] == ' '
            ? $"\"{value.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : value;
}
