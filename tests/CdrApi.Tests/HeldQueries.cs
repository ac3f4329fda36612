using Npgsql;

namespace CdrApi.Tests;

/// <summary>
/// While it lives, queries about CDRs stay where they are and can be counted: a lock on the primary holds on the
/// standby too.
/// </summary>
internal sealed class HeldQueries : IAsyncDisposable
{
    public const string Waiting = "FROM pg_stat_activity WHERE application_name = 'CdrApi' AND wait_event_type = 'Lock'";

    private readonly NpgsqlConnection _primary;

    private HeldQueries(NpgsqlConnection primary) => _primary = primary;

    public static async Task<HeldQueries> BeginAsync(TestSandbox sandbox)
    {
        var held = new HeldQueries(await sandbox.Primary.OpenConnectionAsync());
        await using var command = held._primary.CreateCommand();
        command.CommandText = "BEGIN; LOCK TABLE cdrs IN ACCESS EXCLUSIVE MODE";
        await command.ExecuteNonQueryAsync();
        // A commit sends the lock's own record along, which else waits for others. A query of before is waited for first.
        await sandbox.Primary.CreateCommand("CREATE TABLE lock_probe (); DROP TABLE lock_probe").ExecuteNonQueryAsync();
        await Eventually.BecomesTrueAsync(async () => await sandbox.Replica.ScalarAsync<long>(
            "SELECT count(*) FROM pg_locks WHERE mode = 'AccessExclusiveLock' AND granted AND relation = 'cdrs'::regclass") > 0,
            TimeSpan.FromMinutes(1));
        return held;
    }

    /// <summary>The pool rolls back what its connection had begun.</summary>
    public ValueTask DisposeAsync() => _primary.DisposeAsync();
}
