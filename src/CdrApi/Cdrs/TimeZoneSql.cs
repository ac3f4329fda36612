namespace CdrApi.Cdrs;

internal static class TimeZoneSql
{
    // The operating system's own files, not IANA's; right/ counts leap seconds.
    public const string Names =
        """
        SELECT name FROM pg_timezone_names
        WHERE name !~ '^(posix|right)/' AND name NOT IN ('localtime', 'posixrules', 'Factory')
        """;

    /// <summary>
    /// The first moment at which clocks of a zone show a local time; one that they leave out is as much later as they are moved. By itself PostgreSQL
    /// takes the second moment of two. No clock has been moved back by more than 7 hours since 1990, and none twice within a day.
    /// </summary>
    /// <param name="local">A timestamp.</param>
    /// <param name="zone">Its zone's name.</param>
    public static string FirstMoment(string local, string zone) =>
        $"""
        (SELECT CASE WHEN first < second AND first AT TIME ZONE {zone} = local THEN first ELSE second END FROM (
          SELECT local, second, (local - ((second - interval '12 hours') AT TIME ZONE {zone} - (second - interval '12 hours') AT TIME ZONE 'UTC')) AT TIME ZONE 'UTC' AS first
          FROM (SELECT local, local AT TIME ZONE {zone} AS second FROM (SELECT {local} AS local) l) s) f)
        """;

    /// <summary>The first moments of up to two local times, as far as there are.</summary>
    public static CdrStatement FirstMoments(string zone, IReadOnlyList<DateTime> locals)
    {
        var parameters = new CdrSqlParameters();
        var name = parameters.Add(zone);
        return new($"SELECT ARRAY[{string.Join(", ", locals.Select(l => Clamped(FirstMoment(parameters.AddLocal(l), name))))}]", parameters, CdrStatement.KeepPlan);
    }

    // A time at either end of what can be written is beyond it in some zones.
    private static string Clamped(string moment) => $"least(greatest({moment}, '0001-01-01Z'), '9999-12-31T23:59:59.999999Z')";
}
