using Npgsql;

namespace CdrApi.Database;

/// <summary>One standby: its pool, and a connection apart by which its monitor never waits for that pool.</summary>
internal sealed class Replica(string name, NpgsqlDataSource pool, NpgsqlDataSource monitor) : IAsyncDisposable
{
    private volatile bool _inRotation;
    private volatile bool _wasStandby;
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
        IsPromoted(connection);
        return new ReplicaConnection(this, connection, turn);
    }

    /// <summary>
    /// Whether the server has become a primary, as it says itself with each answer (since PostgreSQL 14, at no cost): the monitor would notice
    /// only with its next look. One that never said that it is a standby is a logical subscriber.
    /// </summary>
    public bool IsPromoted(NpgsqlConnection connection)
    {
        if (!connection.FullState.HasFlag(System.Data.ConnectionState.Open) || !connection.PostgresParameters.TryGetValue("in_hot_standby", out var inHotStandby))
        {
            return false;
        }

        _wasStandby |= inHotStandby == "on";
        return _wasStandby && inHotStandby == "off";
    }

    public void Released() => Interlocked.Decrement(ref _connectionsInUse);

    public async ValueTask DisposeAsync()
    {
        await pool.DisposeAsync();
        await monitor.DisposeAsync();
    }
}
