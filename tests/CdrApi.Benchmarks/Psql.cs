using System.Globalization;
using CdrApi.Benchmarks.Compare;
using CdrSandbox;

namespace CdrApi.Benchmarks;

/// <summary>psql on the standby, over TCP.</summary>
internal sealed class Psql(Sandbox sandbox)
{
    private readonly string _program = sandbox.PgBin is { } directory
        ? Path.Combine(directory, "psql")
        : throw new SandboxException("PostgreSQL runs in containers here, and the benchmarks need it on this machine. Install it.");

    /// <summary>
    /// Least that any service can take for a page: what <c>GET /cdrs</c> reads for its default fields, in its order,
    /// in the cheapest format, to nowhere.
    /// </summary>
    public Task<TimeSpan> CopyAsync(int limit, CancellationToken cancellation) => QueryAsync(ContenderSql.Copy(limit, account: null), cancellation);

    /// <summary>A query, its rows to nowhere: through a pipe, we would be part of what is measured.</summary>
    public async Task<TimeSpan> QueryAsync(string sql, CancellationToken cancellation) =>
        (await Command.RunAsync("/bin/sh", ["-c", "exec \"$@\" >/dev/null", "sh", .. Arguments(sql)], cancellation)).Elapsed;

    /// <summary>The first column of a query's rows.</summary>
    public async Task<string[]> ListAsync(string sql, CancellationToken cancellation) =>
        (await Command.RunAsync(_program, Arguments(sql)[1..], cancellation)).Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);

    /// <summary>Rows that a page of up to <paramref name="limit"/> has.</summary>
    public async Task<int> CountRowsAsync(int limit, CancellationToken cancellation)
    {
        var count = await ListAsync($"SELECT count(*) FROM (SELECT FROM cdrs LIMIT {limit}) page", cancellation);
        return int.Parse(count.Single(), CultureInfo.InvariantCulture);
    }

    /// <summary>The command that writes a query's rows to stdout, without more.</summary>
    public string[] Arguments(string sql) => [_program, "-X", "-q", "-A", "-t", "-d", sandbox.Standbys[0].Uri, "-c", sql];
}
