using static System.FormattableString;
using static CdrApi.Benchmarks.Compare.Works;

namespace CdrApi.Benchmarks.Compare.Report;

/// <summary>The measured part of <c>docs/performance.md</c>.</summary>
internal static class MarkdownReport
{
    /// <summary>In the order of the page; the size of the table and the start come after them.</summary>
    public static IReadOnlyList<Work> Sections { get; } =
    [
        List100k, List100kOfOne, List1M, List1MOfOne, Page1, Page8, Page32, FirstPage, DeepPage,
        Works.Statistics, Downloads, PagesBetween,
    ];

    public static string Of(Comparison comparison, IReadOnlyList<Chart> charts)
    {
        string?[] parts =
        [
            "## Goals",
            GoalTable(comparison),
            Invariant($"Measured on {comparison.Date:yyyy-MM-dd}:"),
            string.Join('\n', comparison.Machine.Select(line => $"- {line}")),
            .. Sections.Select(OfWork),
            Section("##", TableSizes.Title, TableSizes.Of(comparison), TableSizes.Title),
            OfWork(Start),
        ];
        return string.Join("\n\n", parts.Where(part => part is not (null or "")));

        // The pages between the downloads are a part of that section.
        string? OfWork(Work work) =>
            Section(work == PagesBetween ? "###" : "##", work.Title, WorkTable.Of(comparison, work), work.Name);

        string? Section(string level, string title, string? table, string name) => table is null ? null : string.Join("\n\n",
            [$"{level} {title}", table, .. charts.Where(chart => chart.Section == name).Select(chart => chart.Markdown)]);
    }

    private static string GoalTable(Comparison comparison) => MarkdownTable.Of<Goal>(Goals.All,
    [
        new("work", goal => goal.Work),
        new("goal", goal => goal.Target),
        new("measured", goal => goal.Measured(comparison) ?? "–"),
        new("met", goal => goal.Met(comparison) switch { true => "yes", false => "**no**", null => "–" }),
    ]);
}
