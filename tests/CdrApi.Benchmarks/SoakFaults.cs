using CdrSandbox;
using CdrSandbox.Postgres;
using Npgsql;

namespace CdrApi.Benchmarks;

/// <summary>One fault after the other, on one standby and then on the other. None leaves both of them away.</summary>
internal sealed class SoakFaults : IAsyncDisposable
{
    private readonly Sandbox _sandbox;
    private readonly NpgsqlDataSource _primary;
    private readonly List<NpgsqlDataSource> _standbys;
    private readonly (string Name, Func<int, Task> Happens)[] _kinds;
    private readonly Dictionary<string, int> _happened = [];

    public SoakFaults(Sandbox sandbox)
    {
        _sandbox = sandbox;
        _primary = NpgsqlDataSource.Create(sandbox.Primary.ConnectionString + ";Command Timeout=0");
        _standbys = [.. sandbox.Standbys.Select(s => NpgsqlDataSource.Create(s.ConnectionString + ";Pooling=false"))];
        _kinds =
        [
            ("backends terminated", TerminateAsync),
            ("restart", async i => await ComesBackAsync(Standby(i), s => s.StopAsync())),
            ("recovery conflicts", ConflictAsync),
            ("crash", async i => await ComesBackAsync(Standby(i), s => s.KillAsync())),
            ("replay paused", PauseAsync),
        ];
    }

    public int Count => _happened.Values.Sum();

    public string Summary => string.Join(", ", _happened.Select(h => $"{h.Value} × {h.Key}"));

    public async Task RunAsync(TimeSpan interval, CancellationToken end)
    {
        try
        {
            for (var i = 0; ; i++)
            {
                await Task.Delay(interval, end);
                var (name, happens) = _kinds[i % _kinds.Length];
                await happens((i + (i / _kinds.Length)) % _standbys.Count);
                _happened[name] = _happened.GetValueOrDefault(name) + 1;
            }
        }
        catch (OperationCanceledException) when (end.IsCancellationRequested)
        {
            // Long enough.
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _primary.DisposeAsync();
        foreach (var standby in _standbys)
            await standby.DisposeAsync();
    }

    private Standby Standby(int index) => _sandbox.Standbys[index];

    private Task TerminateAsync(int index) =>
        ExecuteAsync(_standbys[index], "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'CdrApi%'");

    private static async Task ComesBackAsync(Standby standby, Func<Standby, Task> goes)
    {
        await goes(standby);
        await standby.StartAsync();
    }

    private async Task ConflictAsync(int index)
    {
        await ExecuteAsync(_standbys[index], "ALTER SYSTEM SET max_standby_streaming_delay = 0");
        await ExecuteAsync(_standbys[index], "SELECT pg_reload_conf()");
        await ExecuteAsync(_primary, "UPDATE cdrs SET cost = cost WHERE i_cdr % 1000 = 7");
        await ExecuteAsync(_primary, "VACUUM (INDEX_CLEANUP ON) cdrs");
        await ExecuteAsync(_primary, "ALTER TABLE cdrs ADD COLUMN passing int; ALTER TABLE cdrs DROP COLUMN passing");
        await ExecuteAsync(_standbys[index], "ALTER SYSTEM RESET max_standby_streaming_delay");
        await ExecuteAsync(_standbys[index], "SELECT pg_reload_conf()");
    }

    private async Task PauseAsync(int index)
    {
        await ExecuteAsync(_standbys[index], "SELECT pg_wal_replay_pause()");
        await ExecuteAsync(_primary, "SELECT pg_logical_emit_message(true, 'soak', 'a commit to wait for')");
        await Task.Delay(TimeSpan.FromSeconds(3));
        await ExecuteAsync(_standbys[index], "SELECT pg_wal_replay_resume()");
    }

    private static async Task ExecuteAsync(NpgsqlDataSource database, string sql)
    {
        await using var command = database.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }
}
