using System.Globalization;
using CdrSandbox.Postgres;

namespace CdrApi.Tests.Deploy;

/// <summary>An API behind nginx on the tests' standby, callers, and the monitoring of all of it.</summary>
public sealed class MonitoredSandbox : IAsyncLifetime
{
    private const string Password = "correct-horse-battery-staple";

    private readonly Stack<IAsyncDisposable> _parts = new();
    private readonly CancellationTokenSource _enough = new();
    private Task _asking = Task.CompletedTask;

    internal PrometheusServer Prometheus { get; private set; } = null!;

    public async Task StartAsync(TestSandbox sandbox)
    {
        if (Prometheus is not null)
        {
            return;
        }

        var api = Own(await sandbox.Sandbox.StartApiAsync(new Dictionary<string, string?> { ["Security__TrustedProxies__0"] = "127.0.0.1/32" }));
        var nginx = Own(await NginxServer.StartAsync([api.Url.Port]));
        await MakeMonitorAsync(sandbox);
        _asking = AskAsync(new ApiCaller(api.Url, sandbox.Sandbox.ApiKey));
        var probe = new UriBuilder(nginx.Url) { Host = "localhost", Path = "/health/ready" }.Uri;
        Prometheus = Own(await PrometheusServer.StartAsync(
            [api.Url.Port], probe, UriOf(sandbox.Sandbox.Standbys[0]), UriOf(sandbox.Sandbox.Primary), Figures()));
    }

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        await _enough.CancelAsync();
        await _asking;
        while (_parts.TryPop(out var part))
        {
            await part.DisposeAsync();
        }

        _enough.Dispose();
    }

    /// <summary>As deploy/postgres makes it: with the rights that the exporter has on a host.</summary>
    private static async Task MakeMonitorAsync(TestSandbox sandbox)
    {
        Secrets.Add(Password);
        await sandbox.Primary.CreateCommand($"""
            DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'cdr_monitor') THEN CREATE ROLE cdr_monitor; END IF; END $$;
            ALTER ROLE cdr_monitor LOGIN PASSWORD '{Password}';
            GRANT pg_monitor TO cdr_monitor;
            """).ExecuteNonQueryAsync();
        var written = await sandbox.Primary.ScalarAsync<string>("SELECT pg_current_wal_lsn()::text");
        await Eventually.BecomesTrueAsync(async () => await sandbox.Replica.ScalarAsync<bool>($"SELECT pg_last_wal_replay_lsn() >= '{written}'::pg_lsn"));
    }

    private static string UriOf(PostgresServer server) => string.Create(CultureInfo.InvariantCulture,
        $"postgresql://cdr_monitor:{Password}@{server.Address.Host}:{server.Address.Port}/{PostgresServer.Database}?sslmode=disable");

    /// <summary>What the scripts of deploy/backup leave after a good night.</summary>
    private static string Figures()
    {
        var now = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds();
        return $"""
            cdrapi_backup_last_success_timestamp_seconds {now}
            cdrapi_backup_last_attempt_timestamp_seconds {now}
            cdrapi_backup_last_attempt_succeeded 1
            cdrapi_backup_size_bytes 1000000
            cdrapi_backup_duration_seconds 10
            cdrapi_backup_kept 7
            cdrapi_backup_damaged 0
            cdrapi_restore_test_last_success_timestamp_seconds {now}
            cdrapi_restore_test_last_attempt_timestamp_seconds {now}
            cdrapi_restore_test_last_attempt_succeeded 1
            cdrapi_restore_test_cdrs 120000
            cdrapi_restore_test_duration_seconds 10

            """;
    }

    /// <summary>A little of everything, for as long as somebody watches.</summary>
    private async Task AskAsync(ApiCaller caller)
    {
        while (!_enough.IsCancellationRequested)
        {
            foreach (var path in (string[])["/cdrs?limit=10", "/cdrs?limit=12000&fields=i_cdr", "/cdrs/stats", "/cdrs?limit=0"])
            {
                (await caller.SendAsync(path)).Dispose();
            }

            await Task.Delay(TimeSpan.FromMilliseconds(200), _enough.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private T Own<T>(T part) where T : IAsyncDisposable
    {
        _parts.Push(part);
        return part;
    }
}
