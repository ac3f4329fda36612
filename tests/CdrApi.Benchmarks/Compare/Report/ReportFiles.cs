namespace CdrApi.Benchmarks.Compare.Report;

/// <summary>What a comparison leaves in <c>docs</c>: its figures, its charts and its part of the page.</summary>
internal static class ReportFiles
{
    /// <summary>The figures' file.</summary>
    public const string Figures = "performance.json";

    private const string Begin = "<!-- measured: begin -->";
    private const string End = "<!-- measured: end -->";

    public static void Write(Comparison comparison, string docs)
    {
        var charts = Charts.Of(comparison);
        var folder = Directory.CreateDirectory(Path.Combine(docs, Chart.Folder)).FullName;
        foreach (var chart in charts)
            File.WriteAllText(Path.Combine(folder, chart.File), chart.Svg);
        comparison.Write(Path.Combine(docs, Figures));

        var page = Path.Combine(docs, "performance.md");
        var before = File.Exists(page) ? File.ReadAllText(page) : "";
        File.WriteAllText(page, Replace(before, MarkdownReport.Of(comparison, charts)));
    }

    private static string Replace(string page, string measured)
    {
        var part = $"{Begin}\n\n{measured}\n\n{End}";
        var begin = page.LastIndexOf(Begin, StringComparison.Ordinal);
        var end = begin < 0 ? -1 : page.IndexOf(End, begin, StringComparison.Ordinal);
        if (end >= 0)
            return page[..begin] + part + page[(end + End.Length)..];
        // A page without the markers was written by somebody; it keeps what it says.
        return page.Trim() is "" ? $"{part}\n" : $"{page.TrimEnd()}\n\n{part}\n";
    }
}
