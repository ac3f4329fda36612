using System.Globalization;

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

    /// <summary>
    /// Up to <paramref name="rows"/> CDRs of one phase, after a position of it. A plan that is kept would not know a limit among the values, and
    /// would be one for a tenth of the rows.
    /// </summary>
    public static CdrStatement Slice(
        CdrSource source, CdrQuery query, CdrPhase phase, CdrPosition? after, int rows)
    {
        var keepsPlan = KeepsPlan(source, query.Filter);
        var parameters = new CdrSqlParameters();
        var conditions = Conditions(source, query, phase, after, parameters);
        var select = Select(source, query.Selection);
        // By both columns in either phase, though one is NULL throughout: PostgreSQL would sort by i_cdr alone.
        var direction = query.Order == CdrOrder.Asc ? "ASC" : "DESC";
        var limit = keepsPlan ? rows.ToString(CultureInfo.InvariantCulture) : parameters.Add(rows);
        var limited = $"\nORDER BY 1 {direction}, 2 {direction}\nLIMIT {limit}";

        // Each branch is ordered and limited itself, or PostgreSQL would read and sort whole accounts.
        string[] branches = [.. AccountConditions(source, query.Filter.Accounts, parameters).Select(account =>
        {
            string[] all = [.. account, .. conditions];
            return all.Length == 0 ? select + limited : $"{select}\nWHERE {string.Join(" AND ", all)}{limited}";
        })];
        var text = branches is [var only] ? only : $"({string.Join(")\nUNION ALL\n(", branches)}){limited}";
        return new(text, parameters, keepsPlan ? CdrStatement.KeepPlan : CdrStatement.PlanForValues);
    }

    /// <summary>One CDR by its id, if it is of one of the accounts; null = of any.</summary>
    public static CdrStatement Single(
        CdrSource source, CdrSelection selection, long id, IReadOnlyList<long>? accounts)
    {
        var parameters = new CdrSqlParameters();
        parameters.Add("id", id);
        var text = $"{Select(source, selection)}\nWHERE {source.KeyId} = @id";
        if (accounts is not null)
        {
            parameters.Add("accounts", accounts);
            text += $" AND {source.Account} = ANY (@accounts)";
        }

        return new(text, parameters, source.HasIndexes ? CdrStatement.KeepPlan : CdrStatement.PlanForValues);
    }

    /// <summary>How many CDRs a filter has.</summary>
    public static CdrStatement Count(CdrSource source, CdrFilter filter)
    {
        var parameters = new CdrSqlParameters();
        return new($"SELECT count(*) FROM {source.Relation}{CdrFilterSql.Where(source, filter, parameters)}", parameters);
    }

    /// <summary>How many the planner expects, in the first member of the plan; the CDRs are not read.</summary>
    public static CdrStatement Estimate(CdrSource source, CdrFilter filter)
    {
        var parameters = new CdrSqlParameters();
        return new($"EXPLAIN (FORMAT JSON) SELECT FROM {source.Relation}{CdrFilterSql.Where(source, filter, parameters)}", parameters);
    }

    /// <summary>By account and time alone a slice is a walk of an index, whatever the values.</summary>
    private static bool KeepsPlan(CdrSource source, CdrFilter filter) => filter.Conditions.Count == 0 && source.HasIndexes
        && filter.Accounts switch { null => true, { Count: 0 or > MostBranches } => false, _ => source.HasManyAccounts };

    /// <summary>The calls are looked up only for the fields that need them, and never repeat or lose a CDR.</summary>
    private static string Select(CdrSource source, CdrSelection selection) =>
        $"SELECT {string.Join(", ", selection.Columns.Select(c => c.Expression))} FROM {source.Relation}"
        + (selection.NeedsCalls
            ? $"\nLEFT JOIN LATERAL (SELECT * FROM {source.Calls} WHERE {source.CallsKey} = {source.CallKey} LIMIT 1) {CdrSource.CallAlias} ON true"
            : "");

    /// <summary>For each branch of the query, its condition on the account, if it has one.</summary>
    private static IEnumerable<string[]> AccountConditions(
        CdrSource source, IReadOnlyList<long>? accounts, CdrSqlParameters parameters)
    {
        if (accounts is null)
        {
            return [[]];
        }

        if (accounts.Count is 0 or > MostBranches)
        {
            parameters.Add("accounts", accounts);
            return [[$"{source.Account} = ANY (@accounts)"]];
        }

        return accounts.Select((account, i) =>
        {
            var name = string.Create(CultureInfo.InvariantCulture, $"account{i}");
            parameters.Add(name, account);
            return new[] { $"{source.Account} = @{name}" };
        });
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
            conditions.AddRange(CdrFilterSql.DateRange(source, query.Filter, parameters));
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

        conditions.AddRange(CdrFilterSql.Conditions(source, query.Filter, parameters));
        return conditions;
    }
}
