namespace CdrApi.Cdrs;

/// <summary>PostgreSQL's timestamp: microseconds since 2000-01-01 UTC; the two ends of long are its infinities.</summary>
internal static class PostgresTime
{
    public const long MicrosecondsPerDay = 86_400_000_000;

    private static readonly long EpochTicks = new DateTime(2000, 1, 1, 0, 0, 0, DateTimeKind.Utc).Ticks;

    public static long From(DateTimeOffset value) => (value.UtcTicks - EpochTicks) / TimeSpan.TicksPerMicrosecond;
}
