using System.Globalization;
using Npgsql;

namespace CdrApi.Tests.Cdrs;

/// <summary>What questions are made of: values that CDRs have, the odd ones first of all.</summary>
internal sealed class QuestionData
{
    /// <summary>By the parameter that asks for them.</summary>
    public required IReadOnlyDictionary<string, string[]> Values { get; init; }

    /// <summary>Moments that CDRs connected at, most of them several at once.</summary>
    public required DateTime[] Times { get; init; }

    public required long[] Accounts { get; init; }

    public static async Task<QuestionData> ReadAsync(NpgsqlDataSource database)
    {
        var values = new Dictionary<string, string[]>
        {
            ["cli"] = await NumbersAsync("cdrs", "cli_in"),
            ["cld"] = await NumbersAsync("cdrs", "cld_in"),
            ["cli_translated"] = await NumbersAsync("calls", "cli"),
            ["cld_translated"] = await NumbersAsync("calls", "cld"),
            ["call_id"] = await NumbersAsync("calls", "call_id"),
            ["result"] = await DistinctAsync("cdrs", "result::text"),
            ["result_category"] = ["success", "translation", "protocol", "account", "capacity", "media", "session", "billing", "routing",
                "rate_limiting", "quality", "addressing", "compliance", "caller", "client_error", "server_error", "global_failure"],
            ["prefix"] = await DistinctAsync("cdrs", "prefix"),
            ["country"] = await DistinctAsync("countries", "name"),
            ["protocol"] = await DistinctAsync("protocols", "name"),
            ["release_source"] = await DistinctAsync("cdrs", "release_source"),
            ["remote_ip"] = await DistinctAsync("cdrs", "remote_ip"),
            ["duration"] = await AmountsAsync("duration"),
            ["cost"] = await AmountsAsync("cost"),
        };
        var times = await ReadAsync<string>(database,
            """
            (SELECT connect_time::timestamptz::text FROM cdrs WHERE connect_time BETWEEN '2000-01-01Z' AND '2100-01-01Z' GROUP BY connect_time ORDER BY count(*) DESC, 1 LIMIT 60)
            UNION ALL (SELECT connect_time::timestamptz::text FROM cdrs WHERE connect_time BETWEEN '2000-01-01Z' AND '2100-01-01Z' ORDER BY md5(i_cdr::text) LIMIT 120)
            """);
        return new QuestionData
        {
            Values = values.ToDictionary(v => v.Key, v => Askable(v.Key, v.Value)),
            Times = [.. times.Select(t => DateTimeOffset.Parse(t, CultureInfo.InvariantCulture).UtcDateTime)],
            Accounts = await ReadAsync<long>(database, "SELECT DISTINCT i_account::bigint FROM cdrs ORDER BY 1"),
        };

        // All that are odd, and some that are plain.
        Task<string[]> NumbersAsync(string table, string column) => ReadAsync<string>(database,
            $"""
            (SELECT {column} FROM {table} WHERE {column} !~ '^\+?[0-9]+$' GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT 80)
            UNION ALL (SELECT {column} FROM {table} WHERE {column} ~ '^\+?[0-9]+$' GROUP BY 1 ORDER BY md5({column}) LIMIT 80)
            """);

        Task<string[]> DistinctAsync(string table, string column) =>
            ReadAsync<string>(database, $"SELECT DISTINCT {column} FROM {table} WHERE {column} IS NOT NULL ORDER BY 1");

        // As many characters as a decimal parameter may have.
        Task<string[]> AmountsAsync(string column) => ReadAsync<string>(database,
            $"""
            SELECT {column}::numeric::text FROM cdrs WHERE length({column}::numeric::text) <= 28 AND {column}::numeric NOT IN ('NaN', 'Infinity', '-Infinity')
            GROUP BY {column} ORDER BY {column} IN (0.3, 1e-12) DESC, md5({column}::text) LIMIT 200
            """);
    }

    // No caller can name a byte that is no text; a pattern can leave it out.
    private static string[] Askable(string parameter, string[] values) => parameter switch
    {
        "cli" or "cld" or "cli_translated" or "cld_translated" or "call_id" => [.. values.Select(v => v.Replace('\uFFFD', '*'))],
        "prefix" or "release_source" or "remote_ip" => [.. values.Where(v => !v.Contains('\uFFFD'))],
        _ => values,
    };

    private static async Task<T[]> ReadAsync<T>(NpgsqlDataSource database, string sql) =>
        await database.ScalarAsync<T[]>($"SELECT array_agg(q.v) FROM ({sql}) q (v)");
}
