using System.Collections.ObjectModel;
using System.Net;
using Npgsql;

namespace CdrSandbox.Postgres;

/// <summary>A PostgreSQL server that can be stopped, killed and started again.</summary>
public abstract class PostgresServer(Machine machine, string name, string password) : IAsyncDisposable
{
    public const string Database = "sippy";
    protected const string Superuser = "postgres";

    public string Name => name;

    /// <summary>Within the container, where the server runs in one.</summary>
    public string DataDirectory => $"{Machine.Directory}/data";

    /// <summary>Where this process, psql and the API reach it.</summary>
    public DnsEndPoint Address => Machine.Outside;

    /// <summary>For Npgsql, as a superuser.</summary>
    public string ConnectionString => ConnectionStringTo(Database);

    /// <summary>For libpq, as a superuser.</summary>
    public string Uri => $"postgresql://{Superuser}:{Password}@{Address.Host}:{Address.Port}/{Database}";

    internal Machine Machine { get; } = machine;

    protected string Password { get; } = password;

    /// <summary>Added to what the server finds in its environment.</summary>
    protected IReadOnlyDictionary<string, string> Environment { get; init; } = ReadOnlyDictionary<string, string>.Empty;

    /// <summary>Starts it, unless it runs.</summary>
    public async Task StartAsync(CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (await IsRunningAsync())
            return;
        // Not cancelled midway: a server that pg_ctl has not seen yet would be one that nobody stops.
        string[] start = ["start", "-w", "-t", "120", "-D", DataDirectory, "-l", LogFile];
        await Machine.RequireAsync("pg_ctl", start, Environment, CancellationToken.None);
    }

    /// <summary>Ends its sessions, and writes a checkpoint.</summary>
    public Task StopAsync() => StopAsync("fast");

    /// <summary>Ends it at once; the next start recovers from WAL, as after a crash.</summary>
    public Task KillAsync() => StopAsync("immediate");

    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        GC.SuppressFinalize(this);
    }

    protected string LogFile => $"{Machine.Directory}/postgres.log";

    protected string ConnectionStringTo(string database) => new NpgsqlConnectionStringBuilder
    {
        Host = Address.Host,
        Port = Address.Port,
        Database = database,
        Username = Superuser,
        Password = Password,
        GssEncryptionMode = GssEncryptionMode.Disable,
    }.ConnectionString;

    protected Task WriteSettingsAsync(CancellationToken cancellationToken) =>
        Machine.WriteAsync($"{DataDirectory}/postgresql.conf", $"""
            listen_addresses = '{Machine.Listen.Host}'
            port = {Machine.Listen.Port}
            unix_socket_directories = ''
            password_encryption = 'scram-sha-256'
            max_connections = 200
            timezone = 'UTC'
            log_timezone = 'UTC'
            log_line_prefix = '%m [%p] %q%u@%d '

            shared_buffers = 256MB
            max_wal_size = 4GB
            checkpoint_timeout = 30min
            # Sample data need not survive a power cut. A real primary keeps it on.
            fsync = off

            wal_level = replica
            hot_standby = on
            max_wal_senders = 20
            max_replication_slots = 20
            # A standby that stays away must not fill the primary's disk.
            max_slot_wal_keep_size = 2GB
            wal_receiver_status_interval = 1s
            # A standby asks a primary that is silent for half of it to speak, which says how fresh the standby is.
            wal_receiver_timeout = 6s
            # After the primary was away, follow it again at once and not after 5 s.
            wal_retrieve_retry_interval = 500ms
            """, cancellationToken);

    private async Task StopAsync(string mode)
    {
        if (!await IsRunningAsync())
            return;
        var stop = await Machine.RunAsync("pg_ctl", ["stop", "-w", "-t", "60", "-m", mode, "-D", DataDirectory], CancellationToken.None);
        // pg_ctl also fails when the server dies by another hand while it waits.
        if (stop.ExitCode != 0 && await IsRunningAsync())
            throw new SandboxException($"{Name} does not stop:\n{stop.Output}");
    }

    private async Task<bool> IsRunningAsync()
    {
        const int NotRunning = 3;
        const int NoDataDirectory = 4;
        var status = await Machine.RunAsync("pg_ctl", ["status", "-D", DataDirectory], CancellationToken.None);
        return status.ExitCode is not (NotRunning or NoDataDirectory);
    }
}
