using Npgsql;

namespace CdrApi.Database;

/// <summary>One standby: its pool, and a connection apart by which its monitor never waits for that pool.</summary>
internal sealed class Replica(string name, NpgsqlDataSource pool, NpgsqlDataSource monitor) : IAsyncDisposable
{
    private volatile ReplicaStanding _standing = ReplicaStanding.Unknown;
    private volatile bool _wasStandby;
    private readonly Lock _checking = new();
    private ReplicaCheckResult _checkResult;
    private int _contact;
    private int _promotions;
    private int _connectionsInUse;

    /// <summary>Raised when <see cref="CheckResult"/> has changed.</summary>
    public event Action? Checked;

    /// <summary>host:port</summary>
    public string Name => name;

    public NpgsqlDataSource Monitor => monitor;

    /// <summary>Set by the replica monitor, and by nothing else.</summary>
    public ReplicaStanding Standing
    {
        get => _standing.Promotions == Promotions ? _standing : ReplicaStanding.Unknown;
        set => _standing = value;
    }

    /// <summary>Whether it is to be a standby: then one that is none any more is not read from. Not so with logical replication.</summary>
    public bool MustStandBy { get; set; } = true;

    /// <summary>What the checks last said; unknown since it was last out of reach.</summary>
    public ReplicaCheckResult CheckResult
    {
        get
        {
            lock (_checking)
            {
                return _checkResult;
            }
        }
    }

    /// <summary>Changes when it is out of reach: what is there afterwards may be another server.</summary>
    public int Contact
    {
        get
        {
            lock (_checking)
            {
                return _contact;
            }
        }
    }

    /// <summary>Promotions that connections have noticed.</summary>
    public int Promotions => Volatile.Read(ref _promotions);

    public int ConnectionsInUse => Volatile.Read(ref _connectionsInUse);

    /// <summary>What the checks say of the server that was there in that contact.</summary>
    public void SetCheckResult(ReplicaCheckResult result, int contact)
    {
        lock (_checking)
        {
            if (contact != _contact || result == _checkResult)
            {
                return;
            }

            _checkResult = result;
        }

        Checked?.Invoke();
    }

    /// <summary>It is out of reach.</summary>
    public void Lose()
    {
        lock (_checking)
        {
            _contact++;
            _checkResult = ReplicaCheckResult.Unknown;
        }

        Checked?.Invoke();
    }

    /// <exception cref="PromotedException">It is no standby any more.</exception>
    public async ValueTask<ReplicaConnection> OpenAsync(IDisposable? turn, CancellationToken cancellation)
    {
        var connection = await pool.OpenConnectionAsync(cancellation);
        try
        {
            EnsureNotPromoted(connection);
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }

        Interlocked.Increment(ref _connectionsInUse);
        return new ReplicaConnection(this, connection, turn);
    }

    /// <summary>
    /// The server says itself with each answer whether it is a standby (since PostgreSQL 14, at no cost): the monitor would notice a promotion
    /// only with its next look. One that never said that it is a standby is a logical subscriber.
    /// </summary>
    /// <exception cref="PromotedException">It has become a primary: what was read is not to be used.</exception>
    public void EnsureNotPromoted(NpgsqlConnection connection)
    {
        if (!connection.FullState.HasFlag(System.Data.ConnectionState.Open) || !connection.PostgresParameters.TryGetValue("in_hot_standby", out var inHotStandby))
        {
            return;
        }

        if (inHotStandby == "on")
        {
            _wasStandby = true;
        }
        else if (_wasStandby && MustStandBy)
        {
            Interlocked.Increment(ref _promotions);
            throw new PromotedException();
        }
    }

    public void Released() => Interlocked.Decrement(ref _connectionsInUse);

    public async ValueTask DisposeAsync()
    {
        await pool.DisposeAsync();
        await monitor.DisposeAsync();
    }
}
