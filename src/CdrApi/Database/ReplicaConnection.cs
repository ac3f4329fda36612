using Npgsql;

namespace CdrApi.Database;

/// <summary>A pooled connection, and which replica it leads to. Held for one slice, never while a client reads.</summary>
internal sealed class ReplicaConnection(Replica replica, NpgsqlConnection connection, IDisposable? turn) : IAsyncDisposable
{
    public Replica Replica => replica;

    public NpgsqlConnection Connection => connection;

    /// <exception cref="PromotedException">What was read is not to be used.</exception>
    public async ValueTask DisposeAsync()
    {
        var promoted = replica.IsPromoted(connection);
        try
        {
            await connection.DisposeAsync();
        }
        finally
        {
            replica.Released();
            turn?.Dispose();
        }

        if (promoted)
        {
            replica.InRotation = false;
            throw new PromotedException();
        }
    }
}
