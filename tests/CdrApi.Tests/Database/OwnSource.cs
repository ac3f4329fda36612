using CdrSandbox;

namespace CdrApi.Tests.Database;

/// <summary>A copy of some CDRs in a schema of its own, which a test may alter as it likes; gone again when it is done.</summary>
internal sealed class OwnSource : IAsyncDisposable
{
    public const int Rows = 30_000;
    private const string Schema = "altered";
    private readonly TestSandbox _sandbox;

    private OwnSource(TestSandbox sandbox) => _sandbox = sandbox;

    public static string Cdrs => $"{Schema}.cdrs";

    /// <summary>A view of them that fails with the SQLSTATE that stands in altered.fault; see <see cref="AddFaultAsync"/>.</summary>
    public static string Faulty => $"{Schema}.faulty";

    public static async Task<OwnSource> CreateAsync(TestSandbox sandbox)
    {
        var source = new OwnSource(sandbox);
        await source.RunAsync($"DROP SCHEMA IF EXISTS {Schema} CASCADE");
        await source.RunAsync($"CREATE SCHEMA {Schema}");
        await source.RunAsync($"GRANT USAGE ON SCHEMA {Schema} TO cdr_reader");
        await source.RunAsync($"CREATE TABLE {Cdrs} AS SELECT * FROM cdrs WHERE connect_time IS NOT NULL ORDER BY connect_time DESC, i_cdr DESC LIMIT {Rows}");
        await source.RunAsync($"CREATE UNIQUE INDEX ON {Cdrs} (i_cdr)");
        await source.RunAsync($"CREATE INDEX ON {Cdrs} (connect_time, i_cdr)");
        await source.RunAsync($"CREATE INDEX ON {Cdrs} (i_account, connect_time, i_cdr)");
        await source.RunAsync($"GRANT SELECT ON ALL TABLES IN SCHEMA {Schema} TO cdr_reader");
        await source.RunAsync($"ANALYZE {Cdrs}");
        await source.ReplayedAsync();
        return source;
    }

    public async Task AddFaultAsync()
    {
        await RunAsync("CREATE TABLE altered.fault (state text)");
        await RunAsync("CREATE FUNCTION altered.fails() RETURNS bool LANGUAGE plpgsql AS $$ DECLARE s text; BEGIN SELECT state INTO s FROM altered.fault; "
            + "IF s IS NOT NULL THEN RAISE EXCEPTION 'on purpose' USING ERRCODE = s; END IF; RETURN false; END $$");
        await RunAsync("GRANT SELECT ON altered.fault TO cdr_reader");
        await RunAsync($"CREATE VIEW {Faulty} AS SELECT * FROM {Cdrs} WHERE NOT (SELECT altered.fails())");
        await RunEverywhereAsync($"GRANT SELECT ON {Faulty} TO cdr_reader");
    }

    /// <summary>On the primary; the standby has it when <see cref="ReplayedAsync"/> returns.</summary>
    public async Task RunAsync(string sql)
    {
        await using var command = _sandbox.Primary.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }

    /// <summary>Runs it, and waits until the standby has it too.</summary>
    public async Task RunEverywhereAsync(string sql)
    {
        await RunAsync(sql);
        await ReplayedAsync();
    }

    public async Task ReplayedAsync()
    {
        var written = await _sandbox.Primary.ScalarAsync<string>("SELECT pg_current_wal_lsn()::text");
        await Eventually.BecomesTrueAsync(() => _sandbox.Replica.ScalarAsync<bool>($"SELECT pg_last_wal_replay_lsn() >= '{written}'::pg_lsn"));
    }

    public Task<ApiProcess> StartApiAsync(Dictionary<string, string?>? environment = null, string? relation = null) =>
        _sandbox.Sandbox.StartApiAsync(new Dictionary<string, string?>(environment ?? [])
        {
            ["Source__Cdrs"] = relation ?? Cdrs,
            ["Replica__PollInterval"] = "00:00:00.2",
        });

    public async ValueTask DisposeAsync() => await RunEverywhereAsync($"DROP SCHEMA {Schema} CASCADE");
}
