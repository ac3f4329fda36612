namespace CdrApi.Benchmarks.Compare.Report;

/// <summary>The table of one work, a row for each contender.</summary>
internal static class WorkTable
{
    /// <summary>Null where the work was not measured.</summary>
    public static string? Of(Comparison comparison, Work work)
    {
        var figures = new WorkFigures(comparison, work);
        return figures.Rows is []
            ? null
            : MarkdownTable.Of(figures.Rows, [.. Columns(figures, work)], WorkFigures.Failure);
    }

    private static IEnumerable<Column<Measurement>> Columns(WorkFigures figures, Work work)
    {
        yield return new("contender", row => row.Contender);
        yield return new(figures.IsRate ? "pages a second, median" : "median", figures.Median);
        yield return new("min – max", figures.Range);
        // A start has nothing to be compared with, and its other figures are those of the work that follows.
        if (work == Works.Start)
            yield break;

        Func<double, string> cpu = figures.IsRate ? Figures.CpuOfPage : Figures.CpuOfWork;
        var of = figures.IsRate ? "CPU of a page" : "CPU";
        yield return new($"to {figures.Base}", figures.Ratio);
        yield return Median("first byte", run => run.FirstByteMilliseconds, Figures.Time);
        yield return Median("p99", run => run.P99Milliseconds, Figures.Time);
        yield return Median($"{of}, client", run => run.ClientSeconds, cpu);
        yield return Median($"{of}, server", run => run.ServerSeconds, cpu);
        yield return Median($"{of}, database", run => run.DatabaseSeconds, cpu);
        yield return Median("server's peak memory", run => run.PeakMemory, Figures.Memory);
    }

    private static Column<Measurement> Median(string head, Func<Run, double?> figure, Func<double, string> format) =>
        new(head, row => Spread.Of(row, figure) is { } spread ? format(spread.Median) : null);
}
