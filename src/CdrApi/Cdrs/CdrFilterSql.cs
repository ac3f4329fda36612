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
        if (!filter.HasDateRange)
        {
            yield break;
        }

        // At either end: a time that lists write as null is in no range.
        var (start, end) = (PostgresTime.First, PostgresTime.AfterLast);
        if (filter.Start is { } first)
        {
            parameters.AddTime("start", PostgresTime.From(first));
            start = "@start";
        }

        if (filter.End is { } last)
        {
            parameters.AddTime("end", PostgresTime.From(last));
            end = "@end";
        }

        yield return $"{source.KeyTime} >= {start}";
        yield return $"{source.KeyTime} < {end}";
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
            var text = CdrConditionSql.Of(condition, column, parameters);
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

    private static string? OfType(CdrSource source, CdrType type) => type switch
    {
        CdrType.NonZeroAndErrors => $"({source.IsAnswered} OR {source.Result} <> 0)",
        CdrType.NonZero => source.IsAnswered,
        CdrType.Complete => $"{source.Result} = 0",
        CdrType.Incomplete => $"{source.Result} <> 0",
        CdrType.Errors => $"{source.Result} <> 0 AND {source.Duration} = 0",
        _ => null,
    };
}
