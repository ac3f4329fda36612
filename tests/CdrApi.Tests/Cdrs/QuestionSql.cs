using System.Globalization;
using System.Text.RegularExpressions;

namespace CdrApi.Tests.Cdrs;

/// <summary>
/// A question's filter in SQL, written down a second time and by other means than the service's: literals, regular
/// expressions for patterns, joins for what the service looks up in memory.
/// </summary>
internal static partial class QuestionSql
{
    public static string Where(Question question, long narrowAccount)
    {
        List<string> all =
        [
            question.Type switch
            {
                null or "non_zero_and_errors" => $"({Answered} OR c.result <> 0)",
                "non_zero" => Answered,
                "all" => "true",
                "complete" => "c.result = 0",
                "incomplete" => "c.result <> 0",
                "errors" => "(c.result <> 0 AND c.duration = 0)",
                var other => throw new ArgumentException(other),
            },
            .. question.Demands.Select(Condition),
        ];
        if (question.Start is not null || question.End is not null)
        {
            all.Add("c.connect_time >= timestamptz '0001-01-01Z' AND c.connect_time < timestamptz '10000-01-01Z'");
        }

        if (question.Start is { } start)
        {
            all.Add($"c.connect_time >= {Time(start)}");
        }

        if (question.End is { } end)
        {
            all.Add($"c.connect_time < {Time(end)}");
        }

        if (question.OfAccount is { } account)
        {
            all.Add(string.Create(CultureInfo.InvariantCulture, $"c.i_account = {account}"));
        }

        if (question.Accounts is { } accounts)
        {
            all.Add($"c.i_account IN ({string.Join(", ", accounts)})");
        }

        if (question.IsNarrow)
        {
            all.Add(string.Create(CultureInfo.InvariantCulture, $"c.i_account = {narrowAccount}"));
        }

        return string.Join(" AND ", all);
    }

    // What lists write as null is no duration.
    private const string Answered = "(c.duration > 0 AND c.duration::numeric NOT IN ('NaN', 'Infinity'))";

    /// <summary>A text literal, which means the same whatever is in it.</summary>
    public static string Literal(string text) => $"'{text.Replace("'", "''", StringComparison.Ordinal)}'";

    private static string Condition(Demand demand)
    {
        var list = string.Join(", ", demand.Values.Select(Literal));
        var value = demand.Values[0];
        return demand.Parameter switch
        {
            "cli" => Fit("c.cli_in"),
            "cld" => Fit("c.cld_in"),
            "cli_translated" => OfCall(Fit("k.cli")),
            "cld_translated" => OfCall(Fit("k.cld")),
            "call_id" => OfCall(Fit("k.call_id")),
            "result" => $"c.result IN ({string.Join(", ", demand.Values)})",
            "result_category" => $"({Rows.Category}) IN ({list})",
            "country" => "EXISTS (SELECT FROM countries n WHERE n.name IN (" + list + ") AND n.iso = (SELECT d.country_iso FROM destinations d "
                + "WHERE d.prefix = c.prefix ORDER BY d.description COLLATE \"C\", d.country_iso COLLATE \"C\" LIMIT 1))",
            "protocol" => $"EXISTS (SELECT FROM protocols p WHERE p.i_protocol = c.i_protocol AND p.name IN ({list}))",
            "prefix" or "release_source" => $"c.{demand.Parameter} IN ({list})",
            "remote_ip" => "(" + string.Join(" OR ", demand.Values.Select(v => v.Contains('/')
                ? $"CASE WHEN c.remote_ip ~ '^[0-9]+([.][0-9]+){{3}}$' THEN c.remote_ip::inet <<= inet '{v}' END" : $"c.remote_ip = {Literal(v)}")) + ")",
            "min_duration" => InRange("duration", ">="),
            "max_duration" => InRange("duration", "<="),
            "min_cost" => InRange("cost", ">="),
            "max_cost" => InRange("cost", "<="),
            var other => throw new ArgumentException(other),
        };

        string Fit(string column) => "(" + string.Join(" OR ", demand.Values.Select(v => Fits(column, v))) + ")";

        string InRange(string column, string compare) => $"(c.{column}::numeric {compare} {value} AND c.{column}::numeric NOT IN ('NaN', 'Infinity', '-Infinity'))";
    }

    // In PostgreSQL's expressions a backslash makes any sign that is no letter or digit stand for itself.
    private static string Fits(string column, string pattern) =>
        $"{column} ~ {Literal("^" + Sign().Replace(pattern, m => m.Value == "*" ? ".*" : "\\" + m.Value) + "$")}";

    private static string OfCall(string condition) => $"EXISTS (SELECT FROM calls k WHERE k.i_call = c.i_call AND {condition})";

    private static string Time(DateTime utc) =>
        string.Create(CultureInfo.InvariantCulture, $"timestamptz '{utc:yyyy-MM-dd HH:mm:ss.ffffff}Z'");

    [GeneratedRegex("[!-/:-@\\[-`{-~]")]
    private static partial Regex Sign();
}
