using System.Globalization;
using System.Text;

namespace CdrApi.Cdrs;

/// <summary>A filter as conditions on the source; lists, counts and statistics ask by the same ones. Pure.</summary>
internal static class CdrFilterSql
{
    /// <summary>The whole filter, or nothing where it demands nothing.</summary>
    public static string Where(CdrSource source, CdrFilter filter, CdrSqlParameters parameters)
    {
        List<string> all = [.. DateRange(source, filter, parameters), .. Conditions(source, filter, parameters)];
        if (filter.Accounts is { } accounts)
        {
            parameters.Add("accounts", accounts);
            all.Insert(0, $"{source.Account} = ANY (@accounts)");
        }

        return all.Count == 0 ? "" : "\nWHERE " + string.Join("\n  AND ", all);
    }

    public static IEnumerable<string> DateRange(CdrSource source, CdrFilter filter, CdrSqlParameters parameters)
    {
        if (filter.Start is { } start)
        {
            parameters.AddTime("start", PostgresTime.From(start));
            yield return $"{source.KeyTime} >= @start";
        }

        if (filter.End is { } end)
        {
            parameters.AddTime("end", PostgresTime.From(end));
            yield return $"{source.KeyTime} < @end";
        }
    }

    /// <summary>All that it demands but dates and accounts.</summary>
    public static IEnumerable<string> Conditions(CdrSource source, CdrFilter filter, CdrSqlParameters parameters)
    {
        var ofCalls = new List<string>();
        if (OfType(source, filter.Type) is { } type)
        {
            yield return type;
        }

        foreach (var condition in filter.Conditions)
        {
            var column = source.Find(condition.Field)!.Column;
            var text = Condition(condition, column, parameters);
            if (column.OfCall)
            {
                ofCalls.Add(text);
            }
            else
            {
                yield return text;
            }
        }

        if (ofCalls.Count > 0)
        {
            yield return $"{source.CallKey} IN (SELECT {source.CallsKey} FROM {source.Calls} WHERE {string.Join(" AND ", ofCalls)})";
        }
    }

    private static string Condition(CdrCondition condition, SourceColumn column, CdrSqlParameters parameters) => condition switch
    {
        TextIn { Values: var values } => $"{column.Expression} = ANY ({parameters.Add(values)})",
        // No such country: not a search through every CDR for none.
        LookupIn { Keys.Count: 0 } => "false",
        LookupIn { Keys: var keys } when column.Format == ColumnFormat.Int64 =>
            $"{column.Name} = ANY ({parameters.Add([.. keys.Select(k => long.Parse(k, CultureInfo.InvariantCulture))])})",
        LookupIn { Keys: var keys } => $"{column.Expression} = ANY ({parameters.Add(keys)})",
        NumberIn { Ranges: var ranges } => AnyOf(ranges, column, parameters),
        Matches { Pattern: var pattern } when !pattern.Contains('*') => $"{column.Expression} = {parameters.Add(pattern)}",
        Matches { Pattern: var pattern } => $"{column.Expression} LIKE {parameters.Add(LikePattern(pattern))}",
        Between between => Within(between, column, parameters),
        _ => throw new ArgumentOutOfRangeException(nameof(condition), condition, "A condition without SQL."),
    };

    private static string AnyOf(IReadOnlyList<(long From, long To)> ranges, SourceColumn column, CdrSqlParameters parameters)
    {
        var single = ranges.Where(r => r.From == r.To).Select(r => r.From).ToList();
        var parts = ranges.Where(r => r.From != r.To)
            .Select(r => $"{column.Name} BETWEEN {parameters.Add(r.From)} AND {parameters.Add(r.To)}").ToList();
        if (single.Count > 0)
        {
            parts.Add($"{column.Name} = ANY ({parameters.Add(single)})");
        }

        return $"({string.Join(" OR ", parts)})";
    }

    // As the decimal that lists write, not as the double that it is kept in: 0.1 + 0.2 is at most 0.3.
    private static string Within(Between between, SourceColumn column, CdrSqlParameters parameters) =>
        string.Join(" AND ", new[]
        {
            between.Lowest is { } lowest ? $"{column.Name}::numeric >= {parameters.Add(lowest)}" : null,
            between.Highest is { } highest ? $"{column.Name}::numeric <= {parameters.Add(highest)}" : null,
        }.OfType<string>());

    private static string LikePattern(string pattern)
    {
        var like = new StringBuilder(pattern.Length + 8);
        foreach (var c in pattern)
        {
            like.Append(c switch
            {
                '*' => "%",
                '%' or '_' or '\\' => $"\\{c}",
                _ => c.ToString(),
            });
        }

        return like.ToString();
    }

    private static string? OfType(CdrSource source, CdrType type) => type switch
    {
        CdrType.NonZeroAndErrors => $"({source.Duration} > 0 OR {source.Result} <> 0)",
        CdrType.NonZero => $"{source.Duration} > 0",
        CdrType.Complete => $"{source.Result} = 0",
        CdrType.Incomplete => $"{source.Result} <> 0",
        CdrType.Errors => $"{source.Result} <> 0 AND {source.Duration} = 0",
        _ => null,
    };
}
