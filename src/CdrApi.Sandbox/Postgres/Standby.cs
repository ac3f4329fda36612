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

        // The connection string comes to stand in postgresql.auto.conf: with a passfile, no password is in it.
        var passFile = $"{Machine.Directory}/pgpass";
        await Machine.WriteAsync(passFile, $"{source.Host}:{source.Port}:*:{Primary.Replicator}:{replicatorPassword}\n", cancellationToken);
        var connection = $"host={source.Host} port={source.Port} user={Primary.Replicator} "
            + $"passfile={passFile} application_name={Name}";
        if (Machine.HasBaseBackup)
            await BackUpAsync(connection, cancellationToken);
        else
            await CopyAsync(connection, cancellationToken);
        await WriteSettingsAsync(cancellationToken);
        await StartAsync(cancellationToken);
    }

    private Task BackUpAsync(string connection, CancellationToken cancellationToken) =>
        Machine.RequireAsync("pg_basebackup",
        [
            "-D", DataDirectory, "-d", connection,
            "-R", "-X", "stream", "-C", "-S", Slot, "--checkpoint=fast", "--no-sync",
        ], cancellationToken);

    /// <summary>What pg_basebackup would do, where there is none; the primary is away meanwhile.</summary>
    private async Task CopyAsync(string connection, CancellationToken cancellationToken)
    {
        await _primary.StopAsync();
        try
        {
            // As the servers' user, so that the copy is its own.
            await Machine.RequireAsync("/bin/cp", ["-a", _primary.DataDirectory, DataDirectory], cancellationToken);
        }
        finally
        {
            await _primary.StartAsync(CancellationToken.None);
        }

        // Slots of other standbys: nobody would take the WAL that they keep here.
        foreach (var slot in Directory.GetDirectories($"{DataDirectory}/pg_replslot"))
            Directory.Delete(slot, recursive: true);
        await _primary.CreateSlotAsync(Slot, cancellationToken);
        await Machine.WriteAsync($"{DataDirectory}/standby.signal", "", cancellationToken);
        await Machine.WriteAsync($"{DataDirectory}/postgresql.auto.conf", $"""
            primary_conninfo = '{connection}'
            primary_slot_name = '{Slot}'
            """ + "\n", cancellationToken);
    }
}
