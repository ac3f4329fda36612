using System.Text.Json.Nodes;
using CdrApi.Tests.Security;
using CdrSandbox;
using Npgsql;

namespace CdrApi.Tests.Faults;

/// <summary>Changes what the service stands on, one thing after the other at random, and mends each.</summary>
internal sealed class ChangingWorld(Sandbox own, KeyFile file, JsonObject[] keys)
{
    private static readonly string[][] OfTheTable =
    [
        ["REVOKE SELECT ON cdrs FROM cdr_reader", "GRANT SELECT ON cdrs TO cdr_reader"],
        ["REVOKE SELECT ON destinations FROM cdr_reader", "GRANT SELECT ON destinations TO cdr_reader"],
        ["ALTER TABLE cdrs ALTER remote_ip TYPE varchar(45)", "ALTER TABLE cdrs ALTER remote_ip TYPE varchar(15)"],
        ["ALTER TABLE cdrs ALTER cost TYPE numeric", "ALTER TABLE cdrs ALTER cost TYPE double precision"],
        ["ALTER TABLE cdrs ADD COLUMN passing int", "ALTER TABLE cdrs DROP COLUMN passing"],
        ["ALTER TABLE cdrs RENAME TO gone", "ALTER TABLE gone RENAME TO cdrs"],
        ["ALTER TABLE cdrs RENAME COLUMN area_name TO area", "ALTER TABLE cdrs RENAME COLUMN area TO area_name"],
        ["ALTER TABLE cdrs ENABLE ROW LEVEL SECURITY", "ALTER TABLE cdrs DISABLE ROW LEVEL SECURITY"],
        ["DROP INDEX cdrs_connect_time_i_cdr_idx", "CREATE INDEX cdrs_connect_time_i_cdr_idx ON cdrs (connect_time, i_cdr)"],
    ];

    public async Task<string> ChangeAsync(TimeSpan time, Random random)
    {
        var changes = new SortedDictionary<string, int>(StringComparer.Ordinal);
        var started = TimeProvider.System.GetTimestamp();
        while (TimeProvider.System.GetElapsedTime(started) < time)
        {
            var kind = random.Next(6) switch
            {
                0 => await ChangeKeysAsync(random),
                1 => await RestartAsync(random),
                2 => await TerminateAsync(random),
                _ => await ChangeTableAsync(random),
            };
            changes[kind] = changes.GetValueOrDefault(kind) + 1;
        }

        return string.Join(", ", changes.Select(c => $"{c.Value} of {c.Key}"));
    }

    /// <summary>The last thing that happens: what it alone has from now on is in no answer.</summary>
    public async Task PromoteAsync()
    {
        await using var standby = NpgsqlDataSource.Create(own.Standbys[1].ConnectionString + ";Pooling=false");
        await standby.ScalarAsync<bool>("SELECT pg_promote()");
        await standby.CreateCommand("DELETE FROM cdrs WHERE i_cdr % 2 = 0").ExecuteNonQueryAsync();
    }

    // Not for luck: so long a change lasts before it is mended.
    private static Task LastAsync(Random random) => Task.Delay(random.Next(50, 1500));

    private async Task<string> ChangeKeysAsync(Random random)
    {
        switch (random.Next(3))
        {
            case 0:
                file.Write(keys[0]);
                break;
            case 1:
                File.Delete(file.Path);
                break;
            default:
                await File.WriteAllTextAsync(file.Path, "{ \"Security\"");
                break;
        }

        await LastAsync(random);
        file.Write(keys);
        return "keys";
    }

    private async Task<string> RestartAsync(Random random)
    {
        var standby = own.Standbys[random.Next(2)];
        await (random.Next(2) == 0 ? standby.StopAsync() : standby.KillAsync());
        await LastAsync(random);
        await standby.StartAsync();
        return "standbys";
    }

    private async Task<string> TerminateAsync(Random random)
    {
        await using var standby = NpgsqlDataSource.Create(own.Standbys[random.Next(2)].ConnectionString + ";Pooling=false");
        await standby.ScalarAsync<long>("SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE usename = 'cdr_reader'");
        return "backends";
    }

    private async Task<string> ChangeTableAsync(Random random)
    {
        await using var primary = NpgsqlDataSource.Create(own.Primary.ConnectionString + ";Pooling=false");
        var change = OfTheTable[random.Next(OfTheTable.Length)];
        await primary.CreateCommand(change[0]).ExecuteNonQueryAsync();
        await LastAsync(random);
        await primary.CreateCommand(change[1]).ExecuteNonQueryAsync();
        return "the table";
    }
}
