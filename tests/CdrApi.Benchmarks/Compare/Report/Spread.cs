namespace CdrApi.Benchmarks.Compare.Report;

/// <summary>One figure of several runs.</summary>
internal sealed record Spread(double Median, double Min, double Max)
{
    /// <summary>Null where no run has that figure.</summary>
    public static Spread? Of(Measurement? measurement, Func<Run, double?> figure)
    {
        double[] values = [.. (measurement?.Runs ?? []).Select(figure).OfType<double>().Order()];
        return values is []
            ? null
            : new Spread((values[(values.Length - 1) / 2] + values[values.Length / 2]) / 2, values[0], values[^1]);
    }

    public Spread Over(double divisor) => new(Median / divisor, Min / divisor, Max / divisor);
}
