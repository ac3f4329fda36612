using System.Globalization;
using System.Text.Json;
using CdrSandbox;
using Npgsql;

namespace CdrApi.Benchmarks;

/// <summary>What SQL on the primary says of the answers that a soak asks for. Its CDRs do not change.</summary>
internal sealed class SoakTruth
{
    private const int DownloadRows = 100_000;
    private const int PageRows = 100;
    private readonly Dictionary<long, long[]> _newestOf = [];
    private string _download = "";
    private long[] _accounts = [];
    private string _days = "";

    public static async Task<SoakTruth> ReadAsync(Sandbox sandbox, CancellationToken cancellation)
    {
        const string Newest = "ORDER BY connect_time DESC NULLS LAST, i_cdr DESC";
        await using var database = NpgsqlDataSource.Create(sandbox.Primary.ConnectionString + ";Command Timeout=0");
        var truth = new SoakTruth();
        await using var download = database.CreateCommand($$"""
            SELECT string_agg('{"i_cdr":' || i_cdr || E'}\n', '' {{Newest}}) FROM (SELECT i_cdr, connect_time FROM cdrs {{Newest}} LIMIT {{DownloadRows}}) AS c
            """);
        truth._download = (string)(await download.ExecuteScalarAsync(cancellation))!;
        await using var days = database.CreateCommand("""
            SELECT string_agg(day || ' ' || calls, ',' ORDER BY day) FROM (
              SELECT to_char(connect_time AT TIME ZONE 'UTC', 'YYYY-MM-DD') AS day, count(*) AS calls FROM cdrs WHERE connect_time IS NOT NULL GROUP BY 1) AS d
            """);
        truth._days = (string)(await days.ExecuteScalarAsync(cancellation))!;
        await using var pages = database.CreateCommand(
            $"SELECT i_account, (array_agg(i_cdr {Newest}))[1:{PageRows}] FROM cdrs WHERE i_account IS NOT NULL GROUP BY i_account");
        await using var reader = await pages.ExecuteReaderAsync(cancellation);
        while (await reader.ReadAsync(cancellation))
            truth._newestOf[reader.GetInt64(0)] = reader.GetFieldValue<long[]>(1);
        truth._accounts = [.. truth._newestOf.Keys];
        return truth;
    }

    public string AnyPage() => string.Create(CultureInfo.InvariantCulture, $"/accounts/{_accounts[Random.Shared.Next(_accounts.Length)]}/cdrs?limit={PageRows}&type=all");

    public static string Download() => string.Create(CultureInfo.InvariantCulture, $"/cdrs?limit={DownloadRows}&type=all&fields=i_cdr&format=ndjson");

    public bool IsDownload(string path, string body) => body == _download;

    public bool IsPage(string path, string body)
    {
        var account = long.Parse(path.Split('/')[2], CultureInfo.InvariantCulture);
        var rows = JsonDocument.Parse(body).RootElement.GetProperty("data").EnumerateArray().Select(r => r.GetProperty("i_cdr").GetInt64());
        return rows.SequenceEqual(_newestOf[account]);
    }

    public bool IsStatistics(string path, string body) => string.Join(',', JsonDocument.Parse(body).RootElement.GetProperty("data").EnumerateArray()
        .Where(g => g.GetProperty("day").ValueKind == JsonValueKind.String)
        .Select(g => $"{g.GetProperty("day").GetString()![..10]} {g.GetProperty("calls").GetInt64()}").Order(StringComparer.Ordinal)) == _days;
}
