using System.Globalization;

namespace CdrApi.Benchmarks.Compare;

/// <summary>What psql and pgbench are given: the columns that <c>GET /cdrs</c> reads for its default fields, in its order.</summary>
internal static class ContenderSql
{
    // A page asks for one row more, which tells whether there is a next one.
    private const int PageRows = 101;
    private const string Columns =
        "i_cdr, i_call, i_account, cli_in, cld_in, connect_time, disconnect_time, duration, billed_duration, cost, result, remote_ip, i_protocol, prefix";
    private const string Newest = "ORDER BY connect_time DESC, i_cdr DESC";

    public static string Copy(int rows, long? account) => $"COPY ({List(rows, account)}) TO STDOUT (FORMAT binary)";

    public static string JsonAgg(int rows, long? account) => $"SELECT json_agg(c) FROM ({List(rows, account)}) AS c";

    /// <summary>Where the page after so many rows begins.</summary>
    public static string Position(int rows) => string.Create(CultureInfo.InvariantCulture,
        $"SELECT format('(%L::timestamptz, %s)', connect_time, i_cdr) FROM cdrs WHERE connect_time IS NOT NULL {Newest} OFFSET {rows - 1} LIMIT 1");

    public static readonly string AccountPage = $"SELECT {Columns} FROM cdrs WHERE i_account = :account AND connect_time IS NOT NULL {Newest} LIMIT {PageRows}";

    public static string Page(string? after) =>
        $"SELECT {Columns} FROM cdrs WHERE {(after is null ? "connect_time IS NOT NULL" : $"(connect_time, i_cdr) < {after}")} {Newest} LIMIT {PageRows}";

    private static string List(int rows, long? account) => string.Create(CultureInfo.InvariantCulture,
        $"SELECT {Columns} FROM cdrs WHERE {(account is null ? "" : $"i_account = {account} AND ")}connect_time IS NOT NULL {Newest} LIMIT {rows}");
}
