using CdrApi.Cdrs;
using CdrApi.Database;
using static System.FormattableString;

namespace CdrApi.Statistics;

/// <summary>
/// A statistic as one statement; pure. CDRs are aggregated by cheap keys, those parts by what the keys stand for, and
/// beside each other into the groups and the totals: so a prefix that has two destinations, or none, changes no sum.
/// </summary>
internal static class StatisticsSql
{
    /// <summary>
    /// For this statement alone. Without sorts, since the planner takes each connect_time for a group of its own and
    /// would sort all CDRs; groups fit in memory. Groups beyond it go to disk, whatever the planner thought.
    /// </summary>
    private const string Settings =
        """
        SELECT set_config('max_parallel_workers_per_gather', @workers, true), set_config('work_mem', @memory, true),
          set_config('enable_sort', 'off', true), set_config('plan_cache_mode', 'force_custom_plan', true)
        """;

    // Busy (486, 600), no answer (408, 480, 487), declined (603), cancelled (0 and 200 without a duration, -30): the network did its part.
    private const string EndedByUser = "0, 200, 408, 480, 486, 487, 600, 603, -30";

    /// <summary>
    /// The totals' row, then up to the limit of groups, or none of more than an answer may have: columns are the groups, the figures, the number of
    /// groups that there are.
    /// </summary>
    public static CdrStatement Select(
        CdrSource source, StatisticsQuery query, SourceOptions names, StatisticsOptions options)
    {
        var parameters = new CdrSqlParameters();
        parameters.Add("workers", Invariant($"{options.ParallelWorkers}"));
        parameters.Add("memory", Invariant($"{options.WorkMemory}MB"));
        var where = CdrFilterSql.Where(source, query.Filter, parameters);
        List<StatisticsKeySql> keys = [.. query.Groups.Select((_, i) => StatisticsKeySql.Of(source, query, i, parameters))];
        parameters.Add("tz", query.Zone);
        parameters.Add("rows", (query.Limit ?? options.MaxGroups) + 1);
        parameters.Add("most", query.Limit is null ? options.MaxGroups : long.MaxValue);

        var sums = Sums(source);
        var groups = keys.Select((_, i) => $"g{i}").ToList();
        var text = $"""
            WITH parts AS (
              SELECT {Lines([.. keys.Select((k, i) => $"{k.Key} AS k{i}"), .. Counts(source), .. sums.Values.SelectMany(s => s.Partial)])}
              FROM {source.Relation}{where}{(keys.Count == 0 ? "" : "\n  GROUP BY " + string.Join(", ", keys.Select((_, i) => i + 1)))}
            ), {Names(source, query, names)}named AS (
              SELECT {Lines([.. keys.Select((k, i) => $"{k.Group} AS g{i}"), "parts.*"])}
              FROM parts {string.Join(' ', keys.Select(k => k.Join))}
            ), summed AS (
              SELECT {Lines([.. groups, "coalesce(sum(calls), 0)::bigint AS calls", "coalesce(sum(answered), 0)::bigint AS answered",
                "coalesce(sum(reached), 0)::bigint AS reached", .. sums.Select(s => $"{s.Value.Total} AS {s.Key}"),
                sums.ContainsKey("pdd_sum") ? "sum(pdd_calls) AS pdd_calls" : "NULL AS pdd_calls", keys.Count == 0 ? "1 AS is_total, 0::bigint AS group_count" : "grouping(g0) AS is_total, count(*) OVER () - 1 AS group_count"])}
              FROM named{(keys.Count == 0 ? "" : $"\n  GROUP BY GROUPING SETS (({string.Join(", ", groups)}), ())")}
            ), figures AS MATERIALIZED (
              SELECT *{string.Concat(keys.Select((k, i) => $", {k.Shown} AS s{i}"))}, calls - answered AS failed, answered::float8 / nullif(calls, 0) AS asr, reached::float8 / nullif(calls, 0) AS ner,
                ((duration - negative) / nullif(answered, 0))::float8 AS acd{(sums.ContainsKey("pdd_sum") ? ", (pdd_sum / nullif(pdd_calls, 0))::float8 AS pdd" : "")}
              FROM summed
            )
            SELECT {Lines([.. keys.Select((k, i) => k.Kind == StatisticsKeyKind.Time ? StatisticsTimeSql.Text($"s{i}", query.Zone) : $"s{i}"),
                .. StatisticsFigure.Of(source).Select(Written), "group_count"])}
            FROM figures
            WHERE is_total = 1 OR group_count <= @most
            ORDER BY {string.Join(", ", ["is_total DESC", .. Order(query, keys)])}
            LIMIT @rows
            """;
        return new(text, parameters, Settings);
    }

    private static List<string> Counts(CdrSource source)
    {
        List<string> counts =
        [
            "count(*) AS calls",
            $"count(*) FILTER (WHERE {source.IsAnswered}) AS answered",
            $"count(*) FILTER (WHERE {source.IsAnswered} OR {source.Result} IN ({EndedByUser})) AS reached",
        ];
        if (source.Find("pdd1xx")?.Column is { } pdd)
        {
            counts.Add($"count(*) FILTER (WHERE {pdd.Name} > 0 AND {ExactSumSql.IsFinite(pdd)}) AS pdd_calls");
        }

        return counts;
    }

    private static Dictionary<string, ExactSumSql> Sums(CdrSource source)
    {
        var duration = source.Find("duration")!.Column;
        var sums = new Dictionary<string, ExactSumSql>
        {
            ["duration"] = ExactSumSql.OfFewDecimals(duration, "duration"),
            // What the duration of all has that the duration of the answered has not.
            ["negative"] = new([$"sum({duration.Name}::numeric) FILTER (WHERE {duration.Name} < 0 AND {ExactSumSql.IsFinite(duration)}) AS negative"],
                "coalesce(sum(negative), 0)"),
        };
        if (source.Find("billed_duration")?.Column is { } billed)
        {
            sums["billed_duration"] = ExactSumSql.OfFewDecimals(billed, "billed");
        }

        if (source.Find("cost")?.Column is { } cost)
        {
            sums["cost"] = ExactSumSql.OfManyDecimals(cost, "cost");
        }

        if (source.Find("pdd1xx")?.Column is { } pdd)
        {
            sums["pdd_sum"] = ExactSumSql.OfFewDecimals(pdd, "pdd", $"{pdd.Name} > 0");
        }

        return sums;
    }

    private static string Names(CdrSource source, StatisticsQuery query, SourceOptions names) =>
        query.Groups.ToList().FindIndex(g => StatisticsKeySql.IsName(source, g)) is var first and >= 0 ? StatisticsNamesSql.Of($"k{first}", names) + ", " : "";

    private static string Written(StatisticsFigure figure) =>
        figure.Format == ColumnFormat.DecimalText ? $"trim_scale({figure.Name})::text" : figure.Name;

    private static IEnumerable<string> Order(StatisticsQuery query, List<StatisticsKeySql> keys)
    {
        var names = query.Groups.Select(g => g.Name).ToList();
        foreach (var (name, descending) in query.Sort.Concat(names
            .Where(name => query.Sort.All(s => s.Name != name)).Select(name => new StatisticsOrder(name, false))))
        {
            var group = names.IndexOf(name);
            var column = group < 0 ? name : keys[group].Kind == StatisticsKeyKind.Text ? $"g{group} COLLATE \"C\"" : $"g{group}";
            yield return $"figures.{column} {(descending ? "DESC" : "ASC")} NULLS LAST";
        }
    }

    private static string Lines(IEnumerable<string> columns) => string.Join(",\n    ", columns);
}
