using CdrApi.Cdrs;
using CdrApi.Database;

namespace CdrApi.Statistics;

/// <summary>
/// How one group comes about: CDRs are first put together by a key that is cheap to have, then by what stands for the key.
/// </summary>
/// <param name="Key">Of a CDR.</param>
/// <param name="Join">What finds the group by the key, called <c>k</c>; nothing where the key will do.</param>
/// <param name="Group">The group, by key and join.</param>
/// <param name="Kind">What it is.</param>
internal sealed record StatisticsKeySql(string Key, string Join, string Group, StatisticsKeyKind Kind)
{
    public static StatisticsKeySql Of(
        CdrSource source, StatisticsQuery query, int index, ReferenceSnapshot reference, CdrSqlParameters parameters)
    {
        var group = query.Groups[index];
        var key = $"parts.k{index}";
        if (group.IsTime)
        {
            return OfTime($"{source.KeyTime}::timestamptz", group.Name, query, key);
        }

        var field = source.Find(group.Name)!;
        var column = field.Column.Expression;
        return field.Lookup switch
        {
            CdrLookup.Country => Looked(column, key, index, parameters.Add([.. reference.Destinations.Select(d => d.Prefix)]),
                parameters.Add([.. reference.Destinations.Select(d => Text(d.Destination.Country)!)])),
            CdrLookup.Description => Looked(column, key, index, parameters.Add([.. reference.Destinations.Select(d => d.Prefix)]),
                parameters.Add([.. reference.Destinations.Select(d => Text(d.Destination.Description)!)])),
            CdrLookup.ResultCategory => Looked(column, key, index, parameters.Add(CdrResults.Codes),
                parameters.Add([.. CdrResults.Codes.Select(code => Text(CdrResults.CategoryOf(code))!)])),
            _ => new StatisticsKeySql(column, "", key, IsNumber(source, group) ? StatisticsKeyKind.Number : StatisticsKeyKind.Text),
        };
    }

    public static bool IsNumber(CdrSource source, StatisticsGroup group) =>
        source.Find(group.Name) is { Lookup: CdrLookup.None, Column.Format: ColumnFormat.Int64 };

    /// <summary>RFC 3339 with the zone's offset at that moment.</summary>
    public static string TimeText(string moment, string zone)
    {
        const string format = "'YYYY-MM-DD\"T\"HH24:MI:SS'";
        var utc = $"to_char({moment} AT TIME ZONE 'UTC', {format}) || 'Z'";
        if (zone == TimeZoneCheck.Utc)
        {
            return utc;
        }

        var offset = $"({moment} AT TIME ZONE @tz - {moment} AT TIME ZONE 'UTC')";
        // Before standard time, offsets had seconds, which RFC 3339 has no place for.
        return $"CASE WHEN extract(second FROM {offset}) <> 0 THEN {utc} ELSE to_char({moment} AT TIME ZONE @tz, {format}) "
            + $"|| CASE WHEN {offset} < '0' THEN '-' ELSE '+' END || to_char(greatest({offset}, -{offset}), 'HH24:MI') END";
    }

    private static StatisticsKeySql OfTime(string time, string unit, StatisticsQuery query, string key)
    {
        if (query.Zone == TimeZoneCheck.Utc && unit != "month")
        {
            return new StatisticsKeySql(Dated(time, $"date_bin('1 {unit}', {time}, '2000-01-01Z')"), "", key, StatisticsKeyKind.Time);
        }

        if (query.Groups.Count > 1)
        {
            return new StatisticsKeySql(Dated(time, $"date_trunc('{unit}', {time}, @tz)"), "", key, StatisticsKeyKind.Time);
        }

        // The calendar costs more than all sums. Since 2012 every zone has moved its clocks at a quarter of an hour, by
        // quarters of an hour: so no quarter is in two groups. With other groups, quarters would be too many parts.
        var quarter = $"CASE WHEN {time} >= '2012-01-01Z' THEN date_bin('15 minutes', {time}, '2000-01-01Z') ELSE {time} END";
        return new StatisticsKeySql(Dated(time, quarter), "", $"date_trunc('{unit}', {key}, @tz)", StatisticsKeyKind.Time);
    }

    // Beyond these years a list writes null.
    private static string Dated(string time, string key) =>
        $"CASE WHEN {time} >= '0001-01-02Z' AND {time} < '9999-12-31Z' THEN {key} END";

    private static StatisticsKeySql Looked(string column, string key, int index, string keys, string names) => new(column,
        $"LEFT JOIN unnest({keys}, {names}) AS names{index} (k, name) ON names{index}.k = {key}", $"names{index}.name", StatisticsKeyKind.Text);

    private static string? Text(byte[]? utf8) => utf8 is null ? null : System.Text.Encoding.UTF8.GetString(utf8);
}

/// <summary>What a group is, and so how it is sorted and written.</summary>
internal enum StatisticsKeyKind
{
    Number,
    Text,
    Time,
}
