using System.Text.Json;
using Npgsql;

namespace CdrApi.Tests;

/// <summary>What SQL says that an answer must hold: rendered by PostgreSQL itself, not by the service's code.</summary>
internal static class Rows
{
    private static readonly string[] Default =
        ["i_cdr", "i_call", "i_account", "cli", "cld", "connect_time", "disconnect_time", "duration", "billed_duration",
            "cost", "result", "remote_ip", "protocol", "country", "description"];

    private static readonly string[] OnRequest =
        ["delay", "prefix", "price_1", "price_n", "interval_1", "interval_n", "post_call_surcharge", "connect_fee",
            "free_seconds", "grace_period", "user_agent", "pdd1xx", "i_protocol", "release_source", "plan_duration",
            "accessibility_cost", "lrn_cld", "lrn_cld_in", "area_name", "p_asserted_id", "remote_party_id",
            "result_category", "call_id", "cli_translated", "cld_translated", "setup_time"];

    public static IReadOnlyList<string> AllFields { get; } = [.. Default, .. OnRequest];

    public static IReadOnlyList<string> DefaultFields => Default;

    /// <summary>What is a number in JSON, and in CSV.</summary>
    public static IReadOnlySet<string> NumberFields { get; } = new HashSet<string>(
        ["i_cdr", "i_call", "i_account", "duration", "billed_duration", "cost", "result", "delay", "price_1", "price_n",
            "interval_1", "interval_n", "post_call_surcharge", "connect_fee", "free_seconds", "grace_period", "pdd1xx",
            "i_protocol", "plan_duration", "accessibility_cost"]);

    public static string ToText(JsonElement row) => ToText(row, text => text);

    /// <summary>The same with every text changed, as a format changes it.</summary>
    public static string ToText(JsonElement row, Func<string, string> change) => string.Join(" | ", row.EnumerateObject().Select(p =>
        $"{p.Name}={(p.Value.ValueKind == JsonValueKind.String ? $"'{change(p.Value.GetString()!)}'" : p.Value.GetRawText())}"));

    /// <summary>The rows that a list must hold, in order. CDRs without a connect_time come last in desc, first in asc.</summary>
    public static async Task<List<string>> FromSqlAsync(
        NpgsqlDataSource database, string where, string order = "desc", int limit = int.MaxValue, IReadOnlyList<string>? fields = null) =>
        [.. (await ElementsFromSqlAsync(database, where, order, limit, fields)).Select(ToText)];

    /// <summary>The same as JSON; <paramref name="where"/> may call the CDR c.</summary>
    public static async Task<List<JsonElement>> ElementsFromSqlAsync(
        NpgsqlDataSource database, string where, string order = "desc", int limit = int.MaxValue,
        IReadOnlyList<string>? fields = null, int offset = 0)
    {
        var nulls = order == "desc" ? "LAST" : "FIRST";
        var sql = $"""
            SELECT json_build_object({string.Join(", ", (fields ?? Default).Select(f => $"'{f}', {Expression(f)}"))})::text
            FROM (SELECT * FROM cdrs c WHERE {where} ORDER BY connect_time {order} NULLS {nulls}, i_cdr {order}
              OFFSET {offset} LIMIT {limit}) c
            LEFT JOIN (SELECT DISTINCT ON (prefix) * FROM destinations
              ORDER BY prefix, description COLLATE "C", country_iso COLLATE "C") d ON d.prefix = c.prefix
            LEFT JOIN countries n ON n.iso = d.country_iso
            LEFT JOIN protocols p ON p.i_protocol = c.i_protocol
            LEFT JOIN calls l ON l.i_call = c.i_call
            ORDER BY c.connect_time {order} NULLS {nulls}, c.i_cdr {order}
            """;
        var rows = new List<JsonElement>();
        await using var command = database.CreateCommand(sql);
        await using var reader = await command.ExecuteReaderAsync();
        while (await reader.ReadAsync())
        {
            using var row = JsonDocument.Parse(reader.GetString(0));
            rows.Add(row.RootElement.Clone());
        }

        return rows;
    }

    public static async Task<T> ScalarAsync<T>(this NpgsqlDataSource database, string sql)
    {
        await using var command = database.CreateCommand(sql);
        return (T)(await command.ExecuteScalarAsync())!;
    }

    private static string Expression(string field) => field switch
    {
        "cli" => "c.cli_in",
        "cld" => "c.cld_in",
        "protocol" => "p.name",
        "country" => "n.name",
        "description" => "d.description",
        "call_id" => "l.call_id",
        "cli_translated" => "l.cli",
        "cld_translated" => "l.cld",
        "result_category" => Category,
        "connect_time" or "disconnect_time" or "setup_time" =>
            Time($"{(field == "setup_time" ? "l" : "c")}.{field}::timestamptz"),
        "duration" or "billed_duration" or "cost" or "delay" or "price_1" or "price_n" or "post_call_surcharge" or "connect_fee"
            or "pdd1xx" or "plan_duration" or "accessibility_cost" => $"CASE WHEN c.{field}::numeric NOT IN ('NaN', 'Infinity', '-Infinity') THEN c.{field}::numeric END",
        _ => $"c.{field}",
    };

    // What RFC 3339 cannot say is null.
    private static string Time(string column) => $"CASE WHEN {column} >= '0001-01-01Z' AND {column} < '10000-01-01Z' THEN "
        + $"rtrim(rtrim(to_char({column} AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US'), '0'), '.') || 'Z' END";

    /// <summary>As docs/api.md's table of results says, written down a second time.</summary>
    public const string Category =
        """
        CASE WHEN c.result IN (0, 200) THEN 'success'
          WHEN c.result IN (-1, -8, -9, -10, -11, -13, -27, -29, -35, -36) THEN 'translation'
          WHEN c.result IN (-2, -5, -6) THEN 'protocol'
          WHEN c.result IN (-3, -17) THEN 'account'
          WHEN c.result IN (-4, -16, -32, -34) THEN 'capacity'
          WHEN c.result = -7 THEN 'media'
          WHEN c.result = -12 THEN 'session'
          WHEN c.result IN (-14, -20, -22) THEN 'billing'
          WHEN c.result IN (-15, -21, -25) THEN 'routing'
          WHEN c.result IN (-18, -19, -26, -31, -33) THEN 'rate_limiting'
          WHEN c.result = -23 THEN 'quality'
          WHEN c.result = -24 THEN 'addressing'
          WHEN c.result IN (-28, -37) THEN 'compliance'
          WHEN c.result = -30 THEN 'caller'
          WHEN c.result BETWEEN 400 AND 499 THEN 'client_error'
          WHEN c.result BETWEEN 500 AND 599 THEN 'server_error'
          WHEN c.result BETWEEN 600 AND 699 THEN 'global_failure' END
        """;
}
