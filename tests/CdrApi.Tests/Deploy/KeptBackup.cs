namespace CdrApi.Tests.Deploy;

/// <summary>One backup of the shared sandbox's standby, for the tests that only look at it.</summary>
public sealed class KeptBackup : IAsyncLifetime
{
    private BackupHost? _host;

    internal BackupHost Host => _host!;

    public string Name => Host.Names[^1];

    public string Path => System.IO.Path.Combine(Host.Backups, Name);

    public async Task TakeAsync(TestSandbox sandbox)
    {
        if (_host is null)
        {
            var host = new BackupHost(sandbox.Sandbox, sandbox.Sandbox.Standbys[0]);
            _host = host;
            var backup = await host.BackUpAsync();
            backup.ExitCode.Should().Be(0, backup.Output);
        }
    }

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public ValueTask DisposeAsync()
    {
        _host?.Dispose();
        return ValueTask.CompletedTask;
    }
}
