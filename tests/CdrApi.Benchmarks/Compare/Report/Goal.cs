using static System.FormattableString;

namespace CdrApi.Benchmarks.Compare.Report;

/// <summary>What was to be reached.</summary>
/// <param name="Work">What is measured, to read.</param>
/// <param name="Words">How the limit is meant.</param>
/// <param name="Limit">In <paramref name="Unit"/>.</param>
/// <param name="Unit">Of the limit and the figure.</param>
/// <param name="IsMet">Whether a figure reaches the goal.</param>
/// <param name="Figure">Null where something for it was not measured.</param>
internal sealed record Goal(
    string Work, string Words, double Limit, string Unit, Func<double, bool> IsMet, Func<Comparison, double?> Figure)
{
    public string Target => Invariant($"{Words} {Limit:0.##} {Unit}");

    public static Goal AtMost(double limit, string unit, string work, Func<Comparison, double?> figure) =>
        new(work, "at most", limit, unit, value => value <= limit, figure);

    public static Goal AtLeast(double limit, string unit, string work, Func<Comparison, double?> figure) =>
        new(work, "at least", limit, unit, value => value >= limit, figure);

    public static Goal Under(double limit, string unit, string work, Func<Comparison, double?> figure) =>
        new(work, "under", limit, unit, value => value < limit, figure);

    public string? Measured(Comparison comparison)
    {
        if (Figure(comparison) is not { } figure)
            return null;
        var text = Figures.Plain(figure, Unit);
        // A figure that misses by little must not look like the limit itself.
        return IsMet(figure) || text != Figures.Plain(Limit, Unit) ? text : Invariant($"{figure:F4} {Unit}");
    }

    public bool? Met(Comparison comparison) => Figure(comparison) is { } figure ? IsMet(figure) : null;
}
