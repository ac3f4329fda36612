using System.Data.Common;
using Dapper;
using Npgsql;

namespace CdrApi.Cdrs;

/// <summary>A statement on CDRs.</summary>
/// <param name="Text">SQL.</param>
/// <param name="Parameters">Its values.</param>
/// <param name="HasOnePlan">
/// Whether the same plan is best for any values: PostgreSQL may keep it then. Any other statement is planned for its values each time, since
/// what is best for the average account or number can be awful for another.
/// </param>
internal sealed record CdrStatement(string Text, CdrSqlParameters Parameters, bool HasOnePlan = false)
{
    // Travels with the statement and ends with it.
    private const string PlanForValues = "SELECT set_config('plan_cache_mode', 'force_custom_plan', true);\n";

    public CommandDefinition ToCommand(CancellationToken cancellation) =>
        new(HasOnePlan ? Text : PlanForValues + Text, Parameters, cancellationToken: cancellation);

    /// <summary>Its rows, read without Dapper's typed mapping: Dapper only wraps the reader, to own its command.</summary>
    public async ValueTask<NpgsqlDataReader> RowsAsync(DbDataReader reader, CancellationToken cancellation)
    {
        var rows = (NpgsqlDataReader)((IWrappedDataReader)reader).Reader;
        if (!HasOnePlan)
        {
            await rows.NextResultAsync(cancellation);
        }

        return rows;
    }
}
