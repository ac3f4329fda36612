namespace CdrSandbox.Postgres;

/// <summary>A streaming replica of the primary, with a slot of its own.</summary>
public sealed class Standby : PostgresServer
{
    private Standby(Machine machine, string name, string password) : base(machine, name, password)
    {
    }

    public string Slot => Name;

    internal static async Task<Standby> CreateAsync(
        Machine machine, string name, Primary primary, string replicatorPassword, CancellationToken cancellationToken)
    {
        var standby = new Standby(machine, name, primary.SuperuserPassword);
        var source = primary.Machine.Inside;

        // pg_basebackup -R copies the connection string into postgresql.auto.conf: with a passfile, no password is in it.
        var passFile = $"{machine.Directory}/pgpass";
        await machine.WriteAsync(passFile, $"{source.Host}:{source.Port}:*:{Primary.Replicator}:{replicatorPassword}\n", cancellationToken);
        await machine.RequireAsync("pg_basebackup",
        [
            "-D", standby.DataDirectory,
            "-d", $"host={source.Host} port={source.Port} user={Primary.Replicator} passfile={passFile} application_name={name}",
            "-R", "-X", "stream", "-C", "-S", standby.Slot, "--checkpoint=fast", "--no-sync",
        ], cancellationToken);
        await standby.WriteSettingsAsync(cancellationToken);
        await standby.StartAsync(cancellationToken);
        return standby;
    }
}
