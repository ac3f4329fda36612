using System.Globalization;
using System.Text.Json;
using Npgsql;

namespace CdrApi.Tests.Statistics;

/// <summary>What SQL says that a statistic must hold, asked plainly: each value cast, each name joined, one level of groups.</summary>
internal static class StatisticsSqlTruth
{
    private static readonly string[] TimeGroups = ["hour", "day", "month"];

    private const string Finite = "::numeric NOT IN ('NaN', 'Infinity', '-Infinity')";

    public static async Task<List<string>> RowsAsync(NpgsqlDataSource database, string where, string groupBy, string zone)
    {
        var groups = groupBy.Length == 0 ? [] : groupBy.Split(',');
        var expressions = groups.Select(g => Expression(g, zone)).ToList();
        var sql = $"""
            SELECT json_build_object({string.Join(", ", [.. groups.Select((g, i) => $"'{g}', {(TimeGroups.Contains(g) ? Time(expressions[i]) : expressions[i])}"), Figures])})::text
            FROM cdrs c
            LEFT JOIN (SELECT DISTINCT ON (prefix) * FROM destinations
              ORDER BY prefix, description COLLATE "C", country_iso COLLATE "C") d ON d.prefix = c.prefix
            LEFT JOIN countries n ON n.iso = d.country_iso
            WHERE {where}
            {(groups.Length == 0 ? "" : $"GROUP BY {string.Join(", ", expressions)} ORDER BY {string.Join(", ", expressions.Select((e, i) => groups[i] is "i_account" or "result" || TimeGroups.Contains(groups[i]) ? $"{e} NULLS LAST" : $"({e}) COLLATE \"C\" NULLS LAST"))}")}
            """;
        var rows = new List<string>();
        await using var command = database.CreateCommand(sql);
        await using var reader = await command.ExecuteReaderAsync();
        while (await reader.ReadAsync())
        {
            using var row = JsonDocument.Parse(reader.GetString(0));
            rows.Add(Rows.ToText(row.RootElement));
        }

        return rows;
    }

    /// <summary>A row as SQL's: with times in UTC.</summary>
    public static string ToText(JsonElement row) => string.Join(" | ", row.EnumerateObject().Select(p =>
        TimeGroups.Contains(p.Name) && p.Value.GetString() is { } time
            ? $"{p.Name}='{DateTimeOffset.Parse(time, CultureInfo.InvariantCulture).UtcDateTime:yyyy-MM-dd'T'HH:mm:ss'Z'}'"
            : $"{p.Name}={(p.Value.ValueKind == JsonValueKind.String ? $"'{p.Value.GetString()}'" : p.Value.GetRawText())}"));

    private static string Expression(string group, string zone) => group switch
    {
        "country" => "n.name",
        "description" => "d.description",
        "result_category" => Rows.Category,
        "hour" or "day" or "month" => "CASE WHEN c.connect_time::timestamptz >= '0001-01-01Z' AND c.connect_time::timestamptz < '10000-01-01Z' "
            + $"THEN greatest(date_trunc('{group}', c.connect_time, '{zone}'), '0001-01-01Z') END",
        _ => "c." + group,
    };

    private static string Time(string moment) => $"to_char({moment} AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"')";

    private static string Sum(string column) => $"trim_scale(coalesce(sum(c.{column}::numeric) FILTER (WHERE c.{column}{Finite}), 0))";

    private static string Figures =>
        $"""
        'calls', count(*), 'answered', count(*) FILTER (WHERE {Answered}), 'failed', count(*) FILTER (WHERE NOT coalesce({Answered}, false)),
        'duration', {Sum("duration")}, 'billed_duration', {Sum("billed_duration")}, 'cost', {Sum("cost")},
        'asr', {Ratio($"count(*) FILTER (WHERE {Answered})::float8 / nullif(count(*), 0)")},
        'acd', {Ratio($"(sum(c.duration::numeric) FILTER (WHERE {Answered}) / nullif(count(*) FILTER (WHERE {Answered}), 0))::float8")},
        'ner', {Ratio($"count(*) FILTER (WHERE {Answered} OR c.result IN (0, 200, 486, 600, 408, 480, 487, 603, -30))::float8 / nullif(count(*), 0)")},
        'pdd', {Ratio($"(sum(c.pdd1xx::numeric) FILTER (WHERE c.pdd1xx > 0 AND c.pdd1xx{Finite}) / nullif(count(*) FILTER (WHERE c.pdd1xx > 0 AND c.pdd1xx{Finite}), 0))::float8")}
        """;

    private static string Ratio(string sql) => $"trim_scale(({sql})::numeric)";

    private const string Answered = $"c.duration > 0 AND c.duration{Finite}";
}
