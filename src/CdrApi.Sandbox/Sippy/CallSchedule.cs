namespace CdrSandbox.Sippy;

/// <summary>When calls end, in order: more by day than by night, fewer on weekends, some in bursts.</summary>
internal static class CallSchedule
{
    // Of an hour of the day in UTC: quiet nights, a peak in the morning and one in the afternoon.
    private static readonly double[] HourWeights =
        [2, 1, 1, 1, 1, 2, 4, 8, 14, 20, 22, 19, 14, 13, 18, 22, 21, 17, 13, 10, 8, 6, 4, 3];

    /// <param name="end">No call ends at or after it.</param>
    /// <param name="count">How many calls.</param>
    /// <param name="random">Where the calls fall within an hour.</param>
    public static IEnumerable<DateTime> Ends(DateTime end, long count, Random random)
    {
        // Sippy keeps three months by default.
        var hours = 24 * (int)Math.Clamp(count * 30 / 1_000_000, 30, 90);
        var start = end.AddHours(-hours);
        var weights = Enumerable.Range(0, hours).Select(hour => Weight(start.AddHours(hour))).ToArray();
        var total = weights.Sum();

        var passed = 0d;
        var made = 0L;
        for (var hour = 0; hour < hours; hour++)
        {
            passed += weights[hour];
            var calls = (hour == hours - 1 ? count : (long)(count * (passed / total))) - made;
            made += calls;
            var burst = 0;
            var at = start;
            for (var call = 0L; call < calls; call++)
            {
                // A dialer starts many calls at once: equal times are common, so the order needs i_cdr.
                if (burst > 0)
                    burst--;
                else if (random.Next(60) == 0)
                    burst = random.Next(2, 40);
                else
                    at = At(call);
                if (call == 0)
                    at = At(call);
                yield return at;
            }

            DateTime At(long call) => start.AddHours(hour).AddTicks(
                (long)((call + random.NextDouble()) / calls * TimeSpan.TicksPerHour) / TimeSpan.TicksPerMicrosecond * TimeSpan.TicksPerMicrosecond);
        }
    }

    private static double Weight(DateTime hour) =>
        HourWeights[hour.Hour] * (hour.DayOfWeek is DayOfWeek.Saturday or DayOfWeek.Sunday ? 0.5 : 1);
}
