namespace CdrApi.Cdrs;

/// <summary>The list's query parameters by name; what each means stands in CdrOpenApi.</summary>
internal static class CdrParameters
{
    public const string StartDate = "start_date";
    public const string EndDate = "end_date";
    public const string Account = "i_account";
    public const string Type = "type";
    public const string Order = "order";
    public const string Limit = "limit";
    public const string Cursor = "cursor";
    public const string Fields = "fields";

    public const int MostAccounts = 1000;

    public static IReadOnlyList<string> OfAll { get; } = [StartDate, EndDate, Account, Type, Order, Limit, Cursor, Fields];

    public static IReadOnlyList<string> OfOneAccount { get; } = [.. OfAll.Where(p => p != Account)];
}
