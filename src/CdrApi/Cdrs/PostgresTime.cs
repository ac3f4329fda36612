namespace CdrApi.Cdrs;

/// <summary>PostgreSQL's timestamp: microseconds since 2000-01-01 UTC; the two ends of long are its infinities.</summary>
internal static class PostgresTime
{
    public const long MicrosecondsPerDay = 86_400_000_000;

    /// <summary>SQL of the first moment that can be written, and of the one after the last: the years 1 to 9999.</summary>
    public const string First = "timestamptz '0001-01-01Z'";

    /// <inheritdoc cref="First"/>
    public const string AfterLast = "timestamptz '10000-01-01Z'";

    private static readonly long EpochTicks = new DateTime(2000, 1, 1, 0, 0, 0, DateTimeKind.Utc).Ticks;

    // 4714-11-24 BC and 294277-01-01, PostgreSQL's own limits.
    private const long Lowest = -211_813_488_000_000_000;
    private const long Beyond = 9_223_371_331_200_000_000;

    public static bool IsValid(long microseconds) =>
        microseconds is >= Lowest and < Beyond or long.MinValue or long.MaxValue;

    public static long From(DateTimeOffset value) => (value.UtcTicks - EpochTicks) / TimeSpan.TicksPerMicrosecond;
}
