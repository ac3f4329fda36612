using CdrApi.Cdrs;

namespace CdrApi.Statistics;

/// <summary>
/// Groups by hour, day and month of a zone. A group ends where the next one begins, so that beginnings may be passed on as dates: a day begins when
/// clocks first show its midnight, or what comes in place of it; an hour that clocks are moved into begins when they are moved.
/// </summary>
internal static class StatisticsTimeSql
{
    /// <summary>
    /// Since then every zone has moved its clocks at a quarter of an hour, or forward within an hour of one day; and none has moved them back from
    /// after midnight to before.
    /// </summary>
    private const string Calm = "'2012-01-01Z'";

    /// <summary>Of a CDR: cheap, and the same only for CDRs of one group.</summary>
    /// <param name="time">Of the CDR.</param>
    /// <param name="unit">PostgreSQL's name.</param>
    /// <param name="zone">An IANA name; @tz in the statement.</param>
    /// <param name="isOnlyGroup">With other groups, quarters of an hour would be too many parts.</param>
    public static string Key(string time, string unit, string zone, bool isOnlyGroup) => Dated(time, (unit, zone, isOnlyGroup) switch
    {
        ("hour", TimeZoneCheck.Utc, _) => $"date_bin('1 hour', {time}, '2000-01-01Z')",
        (_, TimeZoneCheck.Utc, _) => $"date_bin('1 day', {time}, '2000-01-01Z')",
        // The calendar costs more than all sums.
        (_, _, true) => $"CASE WHEN {time} >= {Calm} THEN date_bin('15 minutes', {time}, '2000-01-01Z') ELSE {time} END",
        ("hour", _, _) => $"date_trunc('hour', {time}, @tz)",
        _ => $"CASE WHEN {time} >= {Calm} THEN date_trunc('{unit}', {time}, @tz) ELSE {time} END",
    });

    /// <summary>Of a key: its group, as a moment of it or of shortly before.</summary>
    public static string Group(string key, string unit, string zone, bool isOnlyGroup)
    {
        if (zone == TimeZoneCheck.Utc)
        {
            return unit == "month" ? $"date_trunc('month', {key}, 'UTC')" : key;
        }

        if (unit == "hour")
        {
            return isOnlyGroup ? $"date_trunc('hour', {key}, @tz)" : key;
        }

        // What clocks show again after midnight, of the day before, is of the day that has begun.
        var next = $"date_trunc('{unit}', {key} AT TIME ZONE @tz) + interval '1 {unit}'";
        return $"CASE WHEN {key} < {Calm} AND {TimeZoneSql.FirstMoment(next, "@tz")} <= {key} THEN ({next}) AT TIME ZONE @tz "
            + $"ELSE date_trunc('{unit}', {key}, @tz) END";
    }

    /// <summary>When a group begins.</summary>
    public static string Beginning(string group, string unit, string zone)
    {
        if (zone == TimeZoneCheck.Utc)
        {
            return group;
        }

        var beginning = unit == "hour"
            // Clocks that are moved by half an hour begin an hour in its middle.
            ? $"CASE WHEN date_trunc('hour', {group}, @tz) = {group} THEN {group} ELSE (SELECT min(m) "
                + $"FROM generate_series({group}, {group} + interval '1 hour', '1 minute') m WHERE date_trunc('hour', m, @tz) = {group}) END"
            : TimeZoneSql.FirstMoment($"date_trunc('{unit}', {group} AT TIME ZONE @tz)", "@tz");
        return $"CASE WHEN {group} IS NOT NULL THEN greatest(coalesce({beginning}, {group}), {PostgresTime.First}) END";
    }

    /// <summary>RFC 3339 with the zone's offset at that moment; in UTC where it has no place for the zone's offset or year.</summary>
    public static string Text(string moment, string zone)
    {
        const string format = "'YYYY-MM-DD\"T\"HH24:MI:SS'";
        var utc = $"to_char({moment} AT TIME ZONE 'UTC', {format}) || 'Z'";
        if (zone == TimeZoneCheck.Utc)
        {
            return utc;
        }

        var offset = $"({moment} AT TIME ZONE @tz - {moment} AT TIME ZONE 'UTC')";
        return $"CASE WHEN extract(second FROM {offset}) <> 0 OR extract(year FROM {moment} AT TIME ZONE @tz) NOT BETWEEN 1 AND 9999 THEN {utc} "
            + $"ELSE to_char({moment} AT TIME ZONE @tz, {format}) || CASE WHEN {offset} < '0' THEN '-' ELSE '+' END "
            + $"|| to_char(greatest({offset}, -{offset}), 'HH24:MI') END";
    }

    // What lists write as null is the group null.
    private static string Dated(string time, string key) =>
        $"CASE WHEN {time} >= {PostgresTime.First} AND {time} < {PostgresTime.AfterLast} THEN {key} END";
}
