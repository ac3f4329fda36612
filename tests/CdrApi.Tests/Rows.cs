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
            "accessibility_cost", "lrn_cld", "lrn_cld_in", "area_name", "p_asserted_id", "remote_party_id"];

    public static IReadOnlyList<string> AllFields { get; } = [.. Default, .. OnRequest];

    public static IReadOnlyList<string> DefaultFields => Default;

    public static string ToText(JsonElement row) => string.Join(" | ", row.EnumerateObject().Select(p =>
        $"{p.Name}={(p.Value.ValueKind == JsonValueKind.String ? $"'{p.Value.GetString()}'" : p.Value.GetRawText())}"));

    /// <summary>The rows that a list must hold, in order. CDRs without a connect_time come last in desc, first in asc.</summary>
    public static async Task<List<string>> FromSqlAsync(
        NpgsqlDataSource database, string where, string order = "desc", int limit = int.MaxValue, IReadOnlyList<string>? fields = null)
    {
        var nulls = order == "desc" ? "LAST" : "FIRST";
        var sql = $"""
            SELECT json_build_object({string.Join(", ", (fields ?? Default).Select(f => $"'{f}', {Expression(f)}"))})::text
            FROM (SELECT * FROM cdrs WHERE {where} ORDER BY connect_time {order} NULLS {nulls}, i_cdr {order} LIMIT {limit}) c
            LEFT JOIN (SELECT DISTINCT ON (prefix) * FROM destinations
              ORDER BY prefix, description COLLATE "C", country_iso COLLATE "C") d ON d.prefix = c.prefix
            LEFT JOIN countries n ON n.iso = d.country_iso
            LEFT JOIN protocols p ON p.i_protocol = c.i_protocol
            ORDER BY c.connect_time {order} NULLS {nulls}, c.i_cdr {order}
            """;
        var rows = new List<string>();
        await using var command = database.CreateCommand(sql);
        await using var reader = await command.ExecuteReaderAsync();
        while (await reader.ReadAsync())
        {
            using var row = JsonDocument.Parse(reader.GetString(0));
            rows.Add(ToText(row.RootElement));
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
        "connect_time" or "disconnect_time" =>
            $"rtrim(rtrim(to_char(c.{field} AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US'), '0'), '.') || 'Z'",
        "duration" or "billed_duration" or "cost" or "delay" or "price_1" or "price_n" or "post_call_surcharge" or "connect_fee"
            or "pdd1xx" or "plan_duration" or "accessibility_cost" => $"c.{field}::numeric",
        _ => $"c.{field}",
    };
}
