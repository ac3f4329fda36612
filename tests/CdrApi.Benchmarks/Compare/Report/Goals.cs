using static CdrApi.Benchmarks.Compare.ContenderNames;
using static CdrApi.Benchmarks.Compare.Report.Goal;
using static CdrApi.Benchmarks.Compare.Works;

namespace CdrApi.Benchmarks.Compare.Report;

/// <summary>The goals of <c>docs/performance.md</c>. Every figure is a median, or a ratio of two.</summary>
internal static class Goals
{
    public static IReadOnlyList<Goal> All { get; } =
    [
        AtMost(1.15, "×", $"{List100k.Title}, JSON: time, to {Floor}",
            c => c.Time(List100k, Ours) / c.Time(List100k, Floor)),
        AtLeast(5, "×", $"{List100k.Title}: times as fast as {Fastify}",
            c => c.Time(List100k, Fastify) / c.Time(List100k, Ours)),
        AtLeast(10, "×", $"{List100k.Title}: times as fast as {XmlRpc}",
            c => c.Time(List100k, XmlRpc) / c.Time(List100k, Ours)),
        Under(10, "ms", $"{List100k.Title}: first byte",
            c => c.Ours(List100k, run => run.FirstByteMilliseconds)),
        AtMost(1, "×", $"{List100k.Title}: CPU of the server, to CPU of the database",
            c => c.Ours(List100k, run => run.ServerSeconds) / c.Ours(List100k, run => run.DatabaseSeconds)),
        AtMost(1.05, "×", $"{List1M.Title}: time of a row, to that of 100,000",
            c => c.Time(List1M, Ours) / 10 / c.Time(List100k, Ours)),
        AtMost(32, "MB", $"{List1M.Title}: growth of the server's memory",
            c => c.Ours(List1M, run => run.MemoryGrowth)),
        AtLeast(0.6, "×", $"{Page8.Title}: pages a second, to {Floor}",
            c => c.Rate(Page8, Ours) / c.Rate(Page8, Floor)),
        AtLeast(3, "×", $"{Page8.Title}: pages a second, to {Fastify}",
            c => c.Rate(Page8, Ours) / c.Rate(Page8, Fastify)),
        AtMost(1.1, "×", "Page 5,000 of all CDRs: time, to page 1",
            c => c.Time(DeepPage, Ours) / c.Time(FirstPage, Ours)),
        AtMost(1.2, "×", "Page of 100: time on the largest table, to the smallest", c => c.LargestToSmallest(PageAt)),
        AtMost(1.1, "×", "100,000 CDRs: time on the largest table, to the smallest", c => c.LargestToSmallest(ListAt)),
        Under(1, "s", Start.Title, c => c.Time(Start, Ours) / 1000),
    ];
}
