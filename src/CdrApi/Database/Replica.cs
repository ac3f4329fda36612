using Npgsql;

namespace CdrApi.Database;

/// <summary>One standby: its pool, and a connection apart by which its monitor never waits for that pool.</summary>
internal sealed class Replica(string name, NpgsqlDataSource pool, NpgsqlDataSource monitor) : IAsyncDisposable
{
    private volatile bool _inRotation;
    private int _connectionsInUse;

    /// <summary>host:port</summary>
    public string Name => name;

    public NpgsqlDataSource Monitor => monitor;

    /// <summary>Set by the replica monitor; only a replica in rotation is asked for CDRs.</summary>
    public bool InRotation
    {
        get => _inRotation;
        set => _inRotation = value;
    }

    /// <summary>How far it was behind when last measured, set by the monitor; null when not known.</summary>
    public TimeSpan? Lag { get; set; }

    public int ConnectionsInUse => Volatile.Read(ref _connectionsInUse);

    public async ValueTask<ReplicaConnection> OpenAsync(IDisposable? turn, CancellationToken cancellation)
    {
        var connection = await pool.OpenConnectionAsync(cancellation);
        Interlocked.Increment(ref _connectionsInUse);
        return new ReplicaConnection(this, connection, turn);
    }

    public void Released() => Interlocked.Decrement(ref _connectionsInUse);

    public async ValueTask DisposeAsync()
    {
        await pool.DisposeAsync();
        await monitor.DisposeAsync();
    }
}
