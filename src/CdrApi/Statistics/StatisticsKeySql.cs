using CdrApi.Cdrs;

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
    public static StatisticsKeySql Of(CdrSource source, StatisticsQuery query, int index, CdrSqlParameters parameters)
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
            (CdrLookup.Country, _) => Looked(field.Column.Text, StatisticsNamesSql.Name, "country"),
            (CdrLookup.Description, _) => Looked(field.Column.Text, StatisticsNamesSql.Name, "description"),
            (CdrLookup.ResultCategory, _) => Looked(
                field.Column.Name, $"unnest({parameters.Add(CdrResults.Codes)}, {parameters.Add(CdrResults.CategoriesOfCodes)})", "category"),
            (_, true) => new StatisticsKeySql(field.Column.Name, "", key, shown, StatisticsKeyKind.Number),
            _ => new StatisticsKeySql(field.Column.Text, "", key, source.Encoding.Read(shown), StatisticsKeyKind.Text),
        };

        StatisticsKeySql Looked(string column, string found, string name)
        {
            var alias = found == StatisticsNamesSql.Name ? $"names{index}" : $"names{index} (k, {name})";
            return new(column, $"LEFT JOIN {found} AS {alias} ON names{index}.k = {key}", $"names{index}.{name}", source.Encoding.Read(shown), StatisticsKeyKind.Text);
        }
    }

    /// <summary>Whether it is found by the prefix.</summary>
    public static bool IsName(CdrSource source, StatisticsGroup group) => source.Find(group.Name)?.Lookup is CdrLookup.Country or CdrLookup.Description;

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
