using System.Globalization;
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
    public async Task<TimeSpan> CopyAsync(int limit, CancellationToken cancellation)
    {
        var copy = $"""
            COPY (
                SELECT i_cdr, i_call, i_account, cli_in, cld_in, connect_time, disconnect_time, duration,
                       billed_duration, cost, result, remote_ip, i_protocol, prefix
                FROM cdrs
                WHERE connect_time IS NOT NULL
                ORDER BY connect_time DESC, i_cdr DESC
                LIMIT {limit}
            ) TO STDOUT (FORMAT binary)
            """;
        // The shell points it at /dev/null: through a pipe, we would be part of what is measured.
        var command = await Command.RunAsync("/bin/sh", ["-c", "exec \"$@\" >/dev/null", "sh", .. Arguments(copy)], cancellation);
        return command.Elapsed;
    }

    /// <summary>Rows that a page of up to <paramref name="limit"/> has.</summary>
    public async Task<int> CountRowsAsync(int limit, CancellationToken cancellation)
    {
        var arguments = Arguments($"SELECT count(*) FROM (SELECT FROM cdrs LIMIT {limit}) page");
        var command = await Command.RunAsync(_program, arguments[1..], cancellation);
        return int.Parse(command.Output, CultureInfo.InvariantCulture);
    }

    private string[] Arguments(string sql) => [_program, "-X", "-q", "-A", "-t", "-d", sandbox.Standbys[0].Uri, "-c", sql];
}
