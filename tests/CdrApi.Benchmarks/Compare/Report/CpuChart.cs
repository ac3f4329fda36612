namespace CdrApi.Benchmarks.Compare.Report;

/// <summary>Whose processor time a work takes.</summary>
internal static class CpuChart
{
    private static readonly (string Name, string Colour, Func<Run, double?> Figure)[] Parts =
    [
        ("client", "#b6bec9", run => run.ClientSeconds),
        ("server", Bar.Accent, run => run.ServerSeconds),
        ("database", "#f2a33a", run => run.DatabaseSeconds),
    ];

    public static Chart? Of(Comparison comparison, Work work)
    {
        StackedBar[] bars = [.. comparison.Of(work).Select(BarOf).Where(bar => bar.Values.Sum() > 0)];
        var title = $"{work.Title}: CPU";
        return bars is []
            ? null
            : new("cpu", work.Name, title, SvgStackedChart.Draw(title, "CPU seconds, medians, less is better",
                [.. Parts.Select(part => (part.Name, part.Colour))], bars));
    }

    private static StackedBar BarOf(Measurement row)
    {
        double[] values = [.. Parts.Select(part => Spread.Of(row, part.Figure)?.Median ?? 0)];
        return new(row.Contender, Figures.CpuOfWork(values.Sum()), values);
    }
}
