using CdrApi.Database;
using Dapper;
using Microsoft.Extensions.Options;
using Npgsql;

namespace CdrApi.Replication;

/// <summary>The production primary is never read from, not even by a wrong host name.</summary>
internal sealed class StandbyCheck(IOptions<ReplicaOptions> options) : IReplicaCheck
{
    public async Task RunAsync(NpgsqlConnection connection, CancellationToken cancellation)
    {
        var measured = await connection.QuerySingleAsync<ReplicaMeasurement>(
            new CommandDefinition(ReplicaSql.Measure, cancellationToken: cancellation));
        if (options.Value.Kind == ReplicaKind.Physical && !measured.InRecovery)
        {
            throw new ReplicaCheckException($"{connection.Host}:{connection.Port} is not a standby (pg_is_in_recovery() is false). "
                + "Name a streaming standby in Database:ConnectionString, or set Replica:Kind to logical "
                + "if this is a subscriber of logical replication.");
        }

        if (options.Value.Kind == ReplicaKind.Physical
            && !await connection.ExecuteScalarAsync<bool>(new CommandDefinition(ReplicaSql.MayReadReceiver, cancellationToken: cancellation)))
        {
            throw new ReplicaCheckException($"The role {connection.UserName} may not read pg_stat_wal_receiver, so the lag cannot be "
                + $"measured. Run on the primary: GRANT pg_read_all_stats TO {connection.UserName};")
            { CanServe = true };
        }
    }
}
