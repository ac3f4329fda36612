using System.Data.Common;
using Dapper;
using Npgsql;

namespace CdrApi.Cdrs;

/// <summary>A statement on CDRs.</summary>
/// <param name="Text">SQL.</param>
/// <param name="Parameters">Its values.</param>
/// <param name="Settings">A query that sets what the statement needs; it travels with it in one message, and what it sets ends with it.</param>
internal sealed record CdrStatement(string Text, CdrSqlParameters Parameters, string Settings = CdrStatement.PlanForValues)
{
    /// <summary>A plan that is best for the average account or number can be awful for another.</summary>
    public const string PlanForValues = "SELECT set_config('plan_cache_mode', 'force_custom_plan', true), set_config('enable_sort', 'on', true)";

    /// <summary>PostgreSQL may keep the plan, and sorts nothing: what a session does by itself. For what is a walk of one index, whatever the values.</summary>
    public const string KeepPlan = "";

    public CommandDefinition ToCommand(CancellationToken cancellation) =>
        new(Settings.Length == 0 ? Text : $"{Settings};\n{Text}", Parameters, cancellationToken: cancellation);

    /// <summary>Its rows, read without Dapper's typed mapping: Dapper only wraps the reader, to own its command.</summary>
    public async ValueTask<NpgsqlDataReader> RowsAsync(DbDataReader reader, CancellationToken cancellation)
    {
        var rows = (NpgsqlDataReader)((IWrappedDataReader)reader).Reader;
        if (Settings.Length > 0)
        {
            await rows.NextResultAsync(cancellation);
        }

        return rows;
    }
}
