using Dapper;
using Microsoft.Extensions.Options;
using Npgsql;

namespace CdrApi.Database;

/// <summary>The lock must be there when it is relied on; and when it is there, lists would be empty without its key.</summary>
internal sealed class RowSecurityCheck(IOptions<DatabaseOptions> database, IOptions<SourceOptions> source) : IReplicaCheck
{
    public async Task RunAsync(NpgsqlConnection connection, CancellationToken cancellation)
    {
        var cdrs = source.Value.Cdrs;
        var (active, locked, role) = await connection.QuerySingleAsync<(bool? Active, bool Locked, string Role)>(new CommandDefinition(
            RowSecuritySql.State, new { relation = SourceOptions.Quote(cdrs) }, cancellationToken: cancellation));
        if (active is { } on && !(on && locked) && database.Value.RowLevelSecurity)
        {
            throw new ReplicaCheckException($"Database:RowLevelSecurity is true, but {cdrs} has no row-level security that looks at the accounts of {role}. "
                + "Run deploy/postgres/primary/row-level-security.sql on the primary. A view cannot have any.");
        }

        if (active == true && !database.Value.RowLevelSecurity)
        {
            throw new ReplicaCheckException($"{cdrs} has row-level security, so {role} would see no CDRs. Set Database:RowLevelSecurity=true.");
        }

        var names = source.Value;
        foreach (var other in new[] { names.Calls, names.Destinations, names.Countries, names.Protocols, names.Customers, names.Accounts }.Where(n => n.Length > 0))
        {
            if (await connection.ExecuteScalarAsync<bool?>(new CommandDefinition(
                RowSecuritySql.IsActive, new { relation = SourceOptions.Quote(other) }, cancellationToken: cancellation)) == true)
            {
                throw new ReplicaCheckException($"{other} has row-level security, so {role} would see a part of it, and answers would be empty or lack fields. "
                    + $"Run on the primary: ALTER TABLE {other} DISABLE ROW LEVEL SECURITY; or name another relation. Only {cdrs} may have policies.");
            }
        }
    }
}
