using System.Globalization;
using System.Text;

namespace CdrApi.Cdrs;

/// <summary>
/// Filter, order, position → text and parameters; pure, and the only SQL on CDRs. Names come from the checked
/// source, values go as parameters.
/// </summary>
internal static class CdrSql
{
    // Up to here each account is a branch that walks its own index, merged in order; above it one scan is
    // cheaper to plan.
    private const int MostBranches = 50;

    /// <summary>Up to <paramref name="rows"/> CDRs of one phase, after a position of it.</summary>
    public static (string Text, CdrSqlParameters Parameters) Slice(
        CdrSource source, CdrQuery query, CdrPhase phase, CdrPosition? after, int rows)
    {
        var parameters = new CdrSqlParameters();
        var conditions = Conditions(source, query, phase, after, parameters);
        var select = $"SELECT {string.Join(", ", query.Selection.Columns.Select(c => c.Expression))} FROM {source.Relation}";
        var text = new StringBuilder();
        if (query.Filter.Accounts is { Count: > 0 and <= MostBranches } accounts)
        {
            for (var i = 0; i < accounts.Count; i++)
            {
                var name = string.Create(CultureInfo.InvariantCulture, $"account{i}");
                parameters.Add(name, accounts[i]);
                text.Append(i == 0 ? "" : "\nUNION ALL\n").Append(select)
                    .Append("\nWHERE ").AppendJoin(" AND ", [$"{source.Account} = @{name}", .. conditions]);
            }
        }
        else
        {
            if (query.Filter.Accounts is { } many)
            {
                parameters.Add("accounts", many);
                conditions.Insert(0, $"{source.Account} = ANY (@accounts)");
            }

            text.Append(select);
            if (conditions.Count > 0)
            {
                text.Append("\nWHERE ").AppendJoin(" AND ", conditions);
            }
        }

        var direction = query.Order == CdrOrder.Asc ? "ASC" : "DESC";
        var key = phase == CdrPhase.Timed ? $"1 {direction}, 2 {direction}" : $"2 {direction}";
        parameters.Add("rows", rows);
        text.Append(CultureInfo.InvariantCulture, $"\nORDER BY {key}\nLIMIT @rows");
        return (text.ToString(), parameters);
    }

    /// <summary>One CDR by its id, if it is of one of the accounts; null = of any.</summary>
    public static (string Text, CdrSqlParameters Parameters) Single(
        CdrSource source, CdrSelection selection, long id, IReadOnlyList<long>? accounts)
    {
        var parameters = new CdrSqlParameters();
        parameters.Add("id", id);
        var text = $"SELECT {string.Join(", ", selection.Columns.Select(c => c.Expression))} FROM {source.Relation}\n"
            + $"WHERE {source.KeyId} = @id";
        if (accounts is not null)
        {
            parameters.Add("accounts", accounts);
            text += $" AND {source.Account} = ANY (@accounts)";
        }

        return (text, parameters);
    }

    private static List<string> Conditions(
        CdrSource source, CdrQuery query, CdrPhase phase, CdrPosition? after, CdrSqlParameters parameters)
    {
        var conditions = new List<string>();
        var compare = query.Order == CdrOrder.Asc ? '>' : '<';
        if (phase == CdrPhase.Untimed)
        {
            conditions.Add($"{source.KeyTime} IS NULL");
            if (after is { } position)
            {
                parameters.Add("after_id", position.ICdr);
                conditions.Add($"{source.KeyId} {compare} @after_id");
            }
        }
        else
        {
            if (query.Filter.Start is { } start)
            {
                parameters.AddTime("start", PostgresTime.From(start));
                conditions.Add($"{source.KeyTime} >= @start");
            }

            if (query.Filter.End is { } end)
            {
                parameters.AddTime("end", PostgresTime.From(end));
                conditions.Add($"{source.KeyTime} < @end");
            }

            if (after is { } position)
            {
                parameters.AddTime("after_time", position.ConnectTime!.Value);
                parameters.Add("after_id", position.ICdr);
                conditions.Add($"({source.KeyTime}, {source.KeyId}) {compare} (@after_time, @after_id)");
            }
            else if (!query.Filter.HasDateRange)
            {
                conditions.Add($"{source.KeyTime} IS NOT NULL");
            }
        }

        if (Predicate(source, query.Filter.Type) is { } predicate)
        {
            conditions.Add(predicate);
        }

        return conditions;
    }

    private static string? Predicate(CdrSource source, CdrType type) => type switch
    {
        CdrType.NonZeroAndErrors => $"({source.Duration} > 0 OR {source.Result} <> 0)",
        CdrType.NonZero => $"{source.Duration} > 0",
        CdrType.Complete => $"{source.Result} = 0",
        CdrType.Incomplete => $"{source.Result} <> 0",
        CdrType.Errors => $"{source.Result} <> 0 AND {source.Duration} = 0",
        _ => null,
    };
}
