using System.Globalization;
using Npgsql;

namespace CdrSandbox.Postgres;

/// <summary>The server that Sippy would write to.</summary>
public sealed class Primary : PostgresServer
{
    internal const string Replicator = "cdr_replicator";

    internal Primary(Machine machine, TimeSpan? clockOffset) : base(machine, "primary", Secret.Next())
    {
        if (clockOffset is { } offset)
            Environment = FakeClock.Environment(machine, offset);
    }

    internal string SuperuserPassword => Password;

    /// <summary>Makes an empty cluster, starts it, and makes the database.</summary>
    internal async Task CreateAsync(CancellationToken cancellationToken)
    {
        var passwordFile = $"{Machine.Directory}/password";
        await Machine.WriteAsync(passwordFile, Password, cancellationToken);
        await Machine.RequireAsync("initdb",
        [
            "-D", DataDirectory, "-U", Superuser, "-A", "scram-sha-256", $"--pwfile={passwordFile}",
            "-E", "UTF8", "--locale=C", "--data-checksums", "--no-sync",
        ], cancellationToken);
        await WriteSettingsAsync(cancellationToken);
        await Machine.WriteAsync($"{DataDirectory}/pg_hba.conf", $"""
            host replication {Replicator} all scram-sha-256
            host all all all scram-sha-256
            """ + "\n", cancellationToken);
        await StartAsync(cancellationToken);

        await using var server = NpgsqlDataSource.Create(ConnectionStringTo("postgres"));
        await using var create = server.CreateCommand($"CREATE DATABASE {Database}");
        await create.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>Keeps WAL from the last checkpoint on, until the standby of that name has it.</summary>
    internal async Task CreateSlotAsync(string slot, CancellationToken cancellationToken)
    {
        // No pool: it would outlive a restart of the server.
        await using var server = NpgsqlDataSource.Create(ConnectionString + ";Pooling=false");
        await using var create = server.CreateCommand("SELECT pg_create_physical_replication_slot($1, true)");
        create.Parameters.Add(new() { Value = slot });
        await create.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>Waits until the standby of that slot has replayed all that is written now.</summary>
    internal static async Task WaitForAsync(NpgsqlDataSource primary, string slot, CancellationToken cancellationToken)
    {
        await using var position = primary.CreateCommand("SELECT pg_current_wal_lsn()::text");
        var written = await position.ExecuteScalarAsync(cancellationToken);
        var started = TimeProvider.System.GetTimestamp();
        while (true)
        {
            await using var replayed = primary.CreateCommand("""
                SELECT EXISTS (
                  SELECT FROM pg_stat_replication r JOIN pg_replication_slots s ON s.active_pid = r.pid
                  WHERE s.slot_name = $1 AND r.state = 'streaming' AND r.replay_lsn >= $2::pg_lsn)
                """);
            replayed.Parameters.Add(new() { Value = slot });
            replayed.Parameters.Add(new() { Value = Convert.ToString(written, CultureInfo.InvariantCulture) });
            if (await replayed.ExecuteScalarAsync(cancellationToken) is true)
                return;
            if (TimeProvider.System.GetElapsedTime(started) > TimeSpan.FromSeconds(60))
                throw new SandboxException($"The standby of slot {slot} does not stream from the primary.");
            await Task.Delay(TimeSpan.FromMilliseconds(50), cancellationToken);
        }
    }
}
