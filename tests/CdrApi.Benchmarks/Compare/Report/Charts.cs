using static CdrApi.Benchmarks.Compare.Works;

namespace CdrApi.Benchmarks.Compare.Report;

/// <summary>Which charts there are.</summary>
internal static class Charts
{
    public const string Lines = "thin lines: from the smallest run to the largest";

    /// <summary>Those for which something was measured.</summary>
    public static IReadOnlyList<Chart> Of(Comparison comparison)
    {
        Chart?[] charts =
        [
            OfWork("list-100k", List100k, List100k.Title, "median time, less is better",
                run => run.Milliseconds, Figures.Time),
            CpuChart.Of(comparison, List100k),
            OfWork("list-1m", List1M, List1M.Title, "median time, less is better",
                run => run.Milliseconds, Figures.Time),
            OfWork("memory", List1M, $"{List1M.Title}: memory", "the server's peak memory, less is better",
                run => run.PeakMemory, Figures.Memory),
            OfWork("page-8-connections", Page8, Page8.Title, "pages a second, more is better",
                run => run.PerSecond, Figures.Rate),
            DeepPageChart.Of(comparison),
            TableSizeChart.Of(comparison),
        ];
        return [.. charts.OfType<Chart>()];

        Chart? OfWork(
            string name, Work work, string title, string subtitle, Func<Run, double?> figure, Func<double, string> format) =>
            Chart.OfBars(name, work.Name, title, $"{subtitle}; {Lines}",
                comparison.Of(work).Select(row => Bar.Of(row, figure, format)));
    }
}
