using static System.FormattableString;

namespace CdrApi.Benchmarks.Compare.Report;

/// <summary>CdrApi's times on each table, relative to the smallest, so that lists and pages have one scale.</summary>
internal static class TableSizeChart
{
    public static Chart? Of(Comparison comparison)
    {
        const string Title = $"{ContenderNames.Ours}: 100,000 CDRs, and a page of 100, by the size of the table";
        return Chart.OfBars("table-size", TableSizes.Title, Title,
            $"median time, relative to the smallest table, less is better; {Charts.Lines}",
            [.. Bars(Works.ListAt, "list"), .. Bars(Works.PageAt, "page")]);

        IEnumerable<Bar> Bars(Func<int, Work> at, string what)
        {
            Spread? Of(int rows) => comparison.Spread(at(rows), ContenderNames.Ours, run => run.Milliseconds);
            if (comparison.Rows is [] || Of(comparison.Rows[0]) is not { } smallest)
                yield break;

            foreach (var rows in comparison.Rows)
            {
                if (Of(rows) is { } time)
                    yield return new(Invariant($"{what}, table of {rows:N0}"),
                        $"{Figures.Ratio(time.Median / smallest.Median)}, {Figures.Time(time.Median)}",
                        time.Over(smallest.Median), Bar.Accent);
            }
        }
    }
}
