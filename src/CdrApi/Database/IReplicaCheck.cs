using Npgsql;

namespace CdrApi.Database;

/// <summary>Something that must hold of a replica before it is read from, and while it is.</summary>
internal interface IReplicaCheck
{
    /// <summary>Whether it runs again every few seconds; else with the first contact only, and after the replica was away.</summary>
    bool IsRepeated => true;

    /// <exception cref="ReplicaCheckException">It does not hold; the message says what to do.</exception>
    Task RunAsync(NpgsqlConnection connection, CancellationToken cancellation);
}

/// <summary>A replica fails a check.</summary>
internal sealed class ReplicaCheckException(string message) : Exception(message)
{
    /// <summary>Whether a replica that has passed before can still answer most requests: it serves on, and health warns.</summary>
    public bool CanServe { get; init; }
}
