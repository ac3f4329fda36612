using System.Data;
using Npgsql;

namespace CdrApi.Database;

/// <summary>A pooled connection, and which replica it leads to. Held for one slice, never while a client reads.</summary>
internal sealed class ReplicaConnection(Replica replica, NpgsqlConnection connection, IDisposable? turn) : IAsyncDisposable
{
    private bool _isComplete;

    public Replica Replica => replica;

    public NpgsqlConnection Connection => connection;

    /// <summary>To be called when all was read to its end, without a failure.</summary>
    /// <exception cref="PromotedException">What was read is not to be used.</exception>
    public void Complete()
    {
        replica.EnsureNotPromoted(connection);
        _isComplete = true;
    }

    public async ValueTask DisposeAsync()
    {
        try
        {
            if (!_isComplete)
            {
                ForgetStatements();
            }

            await connection.DisposeAsync();
        }
        finally
        {
            replica.Released();
            turn?.Dispose();
        }
    }

    /// <summary>
    /// Where a statement failed while it was being prepared, the driver takes it for prepared, and the next request that uses it fails
    /// (https://github.com/npgsql/npgsql/issues/6391).
    /// </summary>
    private void ForgetStatements()
    {
        if (!connection.FullState.HasFlag(ConnectionState.Open))
        {
            return;
        }

        try
        {
            connection.UnprepareAll();
        }
        catch (Exception e) when (e is NpgsqlException or InvalidOperationException)
        {
            // Then it is broken, and the pool throws it away.
        }
    }
}
