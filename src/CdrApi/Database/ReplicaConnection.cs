using Npgsql;

namespace CdrApi.Database;

/// <summary>A pooled connection, and which replica it leads to. Held for one slice, never while a client reads.</summary>
internal sealed class ReplicaConnection(Replica replica, NpgsqlConnection connection, IDisposable? turn) : IAsyncDisposable
{
    public Replica Replica => replica;

    public NpgsqlConnection Connection => connection;

    /// <summary>To be asked when an answer has been read to its end.</summary>
    /// <exception cref="PromotedException">What was read is not to be used.</exception>
    public void EnsureNotPromoted() => replica.EnsureNotPromoted(connection);

    public async ValueTask DisposeAsync()
    {
        try
        {
            await connection.DisposeAsync();
        }
        finally
        {
            replica.Released();
            turn?.Dispose();
        }
    }
}
