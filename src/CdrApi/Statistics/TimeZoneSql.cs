namespace CdrApi.Statistics;

internal static class TimeZoneSql
{
    // The operating system's own files, not IANA's; right/ counts leap seconds.
    public const string Names =
        """
        SELECT name FROM pg_timezone_names
        WHERE name !~ '^(posix|right)/' AND name NOT IN ('localtime', 'posixrules', 'Factory')
        """;
}
