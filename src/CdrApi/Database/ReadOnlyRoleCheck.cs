using Dapper;
using Npgsql;

namespace CdrApi.Database;

/// <summary>The role must be unable to write, even where a read-only session setting would not stop it.</summary>
internal sealed class ReadOnlyRoleCheck : IReplicaCheck
{
    public async Task RunAsync(NpgsqlConnection connection, CancellationToken cancellation)
    {
        var role = await connection.QuerySingleAsync<Role>(new CommandDefinition(RoleSql.Select, cancellationToken: cancellation));
        if (role.Powers.Length > 0)
        {
            throw new ReplicaCheckException($"The role {role.Name} is more than a reader ({string.Join(", ", role.Powers)}). "
                + "Connect as cdr_reader, made by deploy/postgres/primary/roles.sql.")
            { CanServe = true };
        }

        if (role.Writable.Length > 0)
        {
            throw new ReplicaCheckException($"The role {role.Name} may write to {string.Join(", ", role.Writable)}. "
                + $"Run on the primary: REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON {role.Writable[0]} FROM {role.Name}; "
                + "or connect as cdr_reader, made by deploy/postgres/primary/roles.sql.")
            { CanServe = true };
        }
    }

    private sealed class Role
    {
        public required string Name { get; init; }
        public required string[] Powers { get; init; }
        public required string[] Writable { get; init; }
    }
}
