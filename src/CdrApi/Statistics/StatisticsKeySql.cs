using CdrApi.Cdrs;
using CdrApi.Database;

namespace CdrApi.Statistics;

/// <summary>
/// How one group comes about: CDRs are first put together by a key that is cheap to have, then by what stands for the key.
/// </summary>
/// <param name="Key">Of a CDR.</param>
/// <param name="Join">What finds the group by the key; nothing where the key will do.</param>
/// <param name="Group">The group, by key and join.</param>
/// <param name="Shown">What callers see of the group, by its name.</param>
/// <param name="Kind">What it is.</param>
internal sealed record StatisticsKeySql(string Key, string Join, string Group, string Shown, StatisticsKeyKind Kind)
{
    public static StatisticsKeySql Of(CdrSource source, StatisticsQuery query, int index, SourceOptions names, CdrSqlParameters parameters)
    {
        var group = query.Groups[index];
        var (key, shown) = ($"parts.k{index}", $"g{index}");
        if (group.IsTime)
        {
            var (unit, isOnlyGroup) = (group.Name, query.Groups.Count == 1);
            return new StatisticsKeySql(
                StatisticsTimeSql.Key($"{source.KeyTime}::timestamptz", unit, query.Zone, isOnlyGroup), "",
                StatisticsTimeSql.Group(key, unit, query.Zone, isOnlyGroup), StatisticsTimeSql.Beginning(shown, unit, query.Zone), StatisticsKeyKind.Time);
        }

        var field = source.Find(group.Name)!;
        return (field.Lookup, IsNumber(source, group)) switch
        {
            (CdrLookup.Country, _) when names.Destinations.Length * names.Countries.Length == 0 => Nothing(),
            (CdrLookup.Description, _) when names.Destinations.Length == 0 => Nothing(),
            (CdrLookup.Country, _) => Looked(field.Column.Text, Destinations($"(SELECT n.name::text FROM {SourceOptions.Quote(names.Countries)} n "
                + "WHERE n.iso::text = d.country_iso::text ORDER BY n.name COLLATE \"C\" LIMIT 1)")),
            (CdrLookup.Description, _) => Looked(field.Column.Text, Destinations("d.description::text")),
            (CdrLookup.ResultCategory, _) => Looked(field.Column.Name, $"unnest({parameters.Add(CdrResults.Codes)}, "
                + $"{parameters.Add([.. CdrResults.Codes.Select(code => System.Text.Encoding.UTF8.GetString(CdrResults.CategoryOf(code)!))])})"),
            (_, true) => new StatisticsKeySql(field.Column.Name, "", key, shown, StatisticsKeyKind.Number),
            _ => new StatisticsKeySql(field.Column.Text, "", key, source.Encoding.Read(shown), StatisticsKeyKind.Text),
        };

        StatisticsKeySql Nothing() => new("NULL::text", "", key, source.Encoding.Read(shown), StatisticsKeyKind.Text);

        StatisticsKeySql Looked(string column, string found) => new(column,
            $"LEFT JOIN {found} AS names{index} (k, name) ON names{index}.k = {key}", $"names{index}.name", source.Encoding.Read(shown), StatisticsKeyKind.Text);

        // Of the prefixes that occur: there may be 300,000. The first of several is the one that lists take.
        string Destinations(string name) =>
            $"""
            (SELECT DISTINCT ON (d.prefix::text COLLATE "C") d.prefix::text, {name}
              FROM {SourceOptions.Quote(names.Destinations)} d WHERE EXISTS (SELECT FROM parts WHERE k{index} = d.prefix::text)
              ORDER BY d.prefix::text COLLATE "C", d.description COLLATE "C", d.country_iso COLLATE "C")
            """;
    }

    public static bool IsNumber(CdrSource source, StatisticsGroup group) =>
        source.Find(group.Name) is { Lookup: CdrLookup.None, Column.Format: ColumnFormat.Int64 };
}

/// <summary>What a group is, and so how it is sorted and written.</summary>
internal enum StatisticsKeyKind
{
    Number,
    Text,
    Time,
}
