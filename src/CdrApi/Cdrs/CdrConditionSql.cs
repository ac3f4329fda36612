using System.Text;

namespace CdrApi.Cdrs;

/// <summary>One condition as SQL. Pure.</summary>
internal static class CdrConditionSql
{
    // What PostgreSQL takes for an address, and nothing that its cast would fail at.
    private const string Octet = "(25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])";
    private const string Ipv4 = Octet + @"(\." + Octet + "){3}";
    private const string Group = "[0-9a-fA-F]{1,4}";
    private const string Groups = "(" + Group + "(:" + Group + "){0,6})?";
    private const string AtMostSevenGroups = "(?=([^:]*:){2,7}[^:]*$)";
    private const string Ipv6 = $"({Group}(:{Group}){{7}}|{AtMostSevenGroups}{Groups}::{Groups}|({Group}:){{7}}:|:(:{Group}){{7}}"
        + $"|({Group}:){{6}}{Ipv4}|(?=([^:]*:){{2,6}}[^:]*$){Groups}::({Group}:){{0,4}}{Ipv4})";
    private const string Address = $"^({Ipv4}|{Ipv6})$";

    public static string Of(CdrCondition condition, SourceColumn column, CdrSqlParameters parameters) => condition switch
    {
        TextIn { Values: var values } => Either(EqualTo(column, values, parameters)),
        Matches { Patterns: var patterns } => Either(
            EqualTo(column, patterns.Where(p => !p.Contains('*')), parameters), Like(column, patterns.Where(p => p.Contains('*')), parameters)),
        AddressIn { Values: var values, Networks: var networks } => Either(EqualTo(column, values, parameters), InNetworks(column, networks, parameters)),
        // No such destination: not a search through every CDR for none.
        CountryIn { Prefixes.Count: 0 } or ProtocolIn { Ids.Count: 0 } => "false",
        CountryIn { Prefixes: var prefixes } when column.Encoding.IsUtf8 => Either(EqualTo(column, prefixes.Select(Encoding.UTF8.GetString), parameters)),
        CountryIn { Prefixes: var prefixes } => $"{column.Encoding.Read(column.Text)} = ANY ({parameters.Add(prefixes)})",
        ProtocolIn { Ids: var ids } => $"{column.Name} = ANY ({parameters.Add(ids)})",
        NumberIn { Ranges: var ranges } => InRanges(column, ranges, parameters),
        Between between => InDecimalRange(column, between, parameters),
        _ => throw new ArgumentOutOfRangeException(nameof(condition), condition, "A condition without SQL."),
    };

    private static string Either(params string?[] conditions) =>
        conditions.OfType<string>().ToList() switch { [] => "false", [var only] => only, var all => $"({string.Join(" OR ", all)})" };

    private static string? EqualTo(SourceColumn column, IEnumerable<string> values, CdrSqlParameters parameters) =>
        Storable(column, values) is { Count: > 0 } storable ? $"{column.Text} = ANY ({parameters.Add(storable)})" : null;

    private static string? Like(SourceColumn column, IEnumerable<string> patterns, CdrSqlParameters parameters) =>
        Storable(column, patterns).ConvertAll(LikePattern) switch
        {
            [] => null,
            // One by itself can be looked for in an index.
            [var only] => $"{column.Text} LIKE {parameters.Add(only)}",
            var all => $"{column.Text} LIKE ANY ({parameters.Add(all)})",
        };

    /// <summary>PostgreSQL refuses what the database's encoding has no bytes for, and no CDR holds it.</summary>
    private static List<string> Storable(SourceColumn column, IEnumerable<string> values) => [.. values.Where(column.Encoding.CanHold)];

    private static string? InNetworks(SourceColumn column, IReadOnlyList<string> networks, CdrSqlParameters parameters) => networks.Count == 0 ? null
        : $"CASE WHEN {column.Text} ~ '{Address}' THEN {column.Text}::inet <<= ANY ({parameters.Add(networks)}::inet[]) END";

    private static string InRanges(SourceColumn column, IReadOnlyList<(long From, long To)> ranges, CdrSqlParameters parameters)
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

    // As the decimal that lists write, not as the double that it is kept in: 0.1 + 0.2 is at most 0.3. What they write as null is in no range.
    private static string InDecimalRange(SourceColumn column, Between between, CdrSqlParameters parameters) =>
        string.Join(" AND ", new[]
        {
            between.Lowest is { } lowest ? $"{column.Name}::numeric >= {parameters.Add(lowest)}" : null,
            between.Highest is { } highest ? $"{column.Name}::numeric <= {parameters.Add(highest)}" : null,
            column.MayBeInfinite ? $"{column.Name} > '-Infinity' AND {column.Name} < 'Infinity'" : null,
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
}
