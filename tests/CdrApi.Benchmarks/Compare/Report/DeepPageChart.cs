using static CdrApi.Benchmarks.Compare.Works;

namespace CdrApi.Benchmarks.Compare.Report;

/// <summary>What a contender's last pages cost, below what its first one does.</summary>
internal static class DeepPageChart
{
    public static Chart? Of(Comparison comparison)
    {
        const string Title = "Page 1 and page 5,000 of all CDRs";
        // Without both of ours there is nothing to see in it.
        if (comparison.Time(FirstPage, ContenderNames.Ours) is null || comparison.Time(DeepPage, ContenderNames.Ours) is null)
            return null;
        return Chart.OfBars("deep-page", DeepPage.Name, Title, $"median time, less is better; {Charts.Lines}",
            comparison.Of(FirstPage).SelectMany(first => Pair(first, comparison.Find(DeepPage.Name, first.Contender))));
    }

    private static IEnumerable<Bar?> Pair(Measurement first, Measurement? deep)
    {
        yield return Page(first, first.Contender, "page 1");
        if (deep is not null)
            yield return Page(deep, "", "page 5,000");
    }

    private static Bar? Page(Measurement row, string label, string page) =>
        Bar.Of(row, run => run.Milliseconds, Figures.Time) is { } bar
            ? bar with { Label = label, Text = $"{page}: {bar.Text}" }
            : null;
}
