using System.Data;
using Npgsql;

namespace CdrApi.Database;

/// <summary>A pooled connection, and which replica it leads to. Held for one slice, never while a client reads.</summary>
internal sealed class ReplicaConnection(Replica replica, NpgsqlConnection connection, IDisposable? turn) : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);
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
                await ForgetStatementsAsync();
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
    private async Task ForgetStatementsAsync()
    {
        if (!connection.FullState.HasFlag(ConnectionState.Open))
        {
            return;
        }

        try
        {
            // The driver has no asynchronous way: it is taken where the server has just shown that it answers.
            using var limit = new CancellationTokenSource(Patience);
            await using var command = new NpgsqlCommand("DEALLOCATE ALL", connection);
            await command.ExecuteNonQueryAsync(limit.Token);
            connection.UnprepareAll();
        }
        catch (Exception e) when (e is NpgsqlException or OperationCanceledException or InvalidOperationException)
        {
            // Then it is broken, and the pool throws it away.
        }
    }
}
