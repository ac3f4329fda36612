using CdrApi.Database;
using Npgsql;

namespace CdrApi.Replication;

/// <summary>Older servers lack functions of statistics, do not say that they were promoted, and get no fixes any more.</summary>
internal sealed class ServerVersionCheck : IReplicaCheck
{
    private const int Least = 14;

    public bool IsRepeated => false;

    public Task RunAsync(NpgsqlConnection connection, CancellationToken cancellation) => connection.PostgreSqlVersion.Major >= Least
        ? Task.CompletedTask
        : throw new ReplicaCheckException($"{connection.Host}:{connection.Port} is PostgreSQL {connection.PostgreSqlVersion}, and the service needs at least {Least}. "
            + "Make a logical replica on a newer server: docs/operations.md, \"A logical replica\".");
}
