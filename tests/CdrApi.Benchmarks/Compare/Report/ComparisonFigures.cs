namespace CdrApi.Benchmarks.Compare.Report;

/// <summary>What the report asks a comparison for.</summary>
internal static class ComparisonFigures
{
    extension(Comparison comparison)
    {
        /// <summary>Who was measured at that work, in the order of <see cref="ContenderNames.All"/>.</summary>
        public IReadOnlyList<Measurement> Of(Work work) =>
            [.. ContenderNames.All.Select(name => comparison.Find(work.Name, name)).OfType<Measurement>()];

        public Spread? Spread(Work work, string contender, Func<Run, double?> figure) =>
            Report.Spread.Of(comparison.Find(work.Name, contender), figure);

        public double? Time(Work work, string contender) =>
            comparison.Spread(work, contender, run => run.Milliseconds)?.Median;

        public double? Rate(Work work, string contender) =>
            comparison.Spread(work, contender, run => run.PerSecond)?.Median;

        /// <summary>Of CdrApi's own runs.</summary>
        public double? Ours(Work work, Func<Run, double?> figure) =>
            comparison.Spread(work, ContenderNames.Ours, figure)?.Median;

        /// <summary>CdrApi's time on the largest table, to that on the smallest.</summary>
        public double? LargestToSmallest(Func<int, Work> at) => comparison.Rows is [var smallest, .., var largest]
            ? comparison.Time(at(largest), ContenderNames.Ours) / comparison.Time(at(smallest), ContenderNames.Ours)
            : null;
    }
}
