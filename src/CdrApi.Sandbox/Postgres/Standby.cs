namespace CdrSandbox.Postgres;

/// <summary>A streaming replica of the primary, with a slot of its own.</summary>
public sealed class Standby : PostgresServer
{
    private readonly Primary _primary;

    internal Standby(Machine machine, string name, Primary primary) : base(machine, name, primary.SuperuserPassword) =>
        _primary = primary;

    public string Slot => Name;

    /// <summary>Copies the primary and starts to follow it.</summary>
    internal async Task CreateAsync(string replicatorPassword, CancellationToken cancellationToken)
    {
        var source = _primary.Machine.Inside;

        // pg_basebackup -R copies the connection string into postgresql.auto.conf: with a passfile, no password is in it.
        var passFile = $"{Machine.Directory}/pgpass";
        await Machine.WriteAsync(passFile, $"{source.Host}:{source.Port}:*:{Primary.Replicator}:{replicatorPassword}\n", cancellationToken);
        await Machine.RequireAsync("pg_basebackup",
        [
            "-D", DataDirectory,
            "-d", $"host={source.Host} port={source.Port} user={Primary.Replicator} passfile={passFile} application_name={Name}",
            "-R", "-X", "stream", "-C", "-S", Slot, "--checkpoint=fast", "--no-sync",
        ], cancellationToken);
        await WriteSettingsAsync(cancellationToken);
        await StartAsync(cancellationToken);
    }
}
