using CdrApi.Database;

namespace CdrApi.Statistics;

/// <summary>
/// What the prefixes of a statistic's parts stand for, by the rules of reference data: the first destination of a prefix by description. Only those that
/// occur are looked up; there may be 300,000.
/// </summary>
internal static class StatisticsNamesSql
{
    public const string Name = "names";

    /// <summary>Expressions after those of the parts.</summary>
    /// <param name="key">The parts' column that is the prefix.</param>
    /// <param name="source">Names the relations; one without destinations has no names.</param>
    public static string Of(string key, SourceOptions source)
    {
        var destinations = source.Destinations.Length == 0
            ? "(SELECT NULL::text AS prefix, NULL::text AS country_iso, NULL::text AS description WHERE false)" : SourceOptions.Quote(source.Destinations);
        var country = source.Countries.Length == 0 ? "NULL::text"
            : $"(SELECT min(n.name::text COLLATE \"C\") FROM {SourceOptions.Quote(source.Countries)} n WHERE n.iso::text = d.country_iso)";
        return $"""
            prefixes AS MATERIALIZED (
              SELECT DISTINCT {key} AS k FROM parts
            ), {Name} AS MATERIALIZED (
              SELECT d.k, d.description, {country} AS country
              FROM (SELECT DISTINCT ON (p.k COLLATE "C") p.k, d.description::text, d.country_iso::text
                FROM prefixes p JOIN {destinations} d ON d.prefix::text = p.k
                ORDER BY p.k COLLATE "C", d.description COLLATE "C", d.country_iso COLLATE "C") d
            )
            """;
    }
}
