using static System.FormattableString;

namespace CdrApi.Benchmarks.Compare.Report;

/// <summary>From a value to where it is in the chart.</summary>
internal sealed class BarScale
{
    private const double MostForLinear = 30;

    private readonly double _from;
    private readonly double _to;

    public BarScale(IReadOnlyCollection<Spread> values, double left, double right)
    {
        (Left, Right) = (left, right);
        IsLogarithmic = values.Max(value => value.Median) / values.Min(value => value.Median) > MostForLinear;
        // Half of the smallest, so that its bar too is long enough to be seen. A logarithm has no zero to begin with.
        _from = values.Min(value => value.Min) / 2;
        _to = values.Max(value => value.Max);
    }

    public double Left { get; }

    public double Right { get; }

    public bool IsLogarithmic { get; }

    /// <summary>Powers of ten, and nothing for a linear scale, where the bars' lengths say it all.</summary>
    public IEnumerable<(double At, string Text)> Ticks => !IsLogarithmic ? [] : Enumerable.Range(-6, 16)
        .Select(exponent => Math.Pow(10, exponent))
        .Where(value => value > _from && value <= _to)
        .Select(value => (At(value), Invariant($"{value:#,0.######}")));

    public double At(double value) => Left + (Right - Left) * Share(value);

    private double Share(double value) => IsLogarithmic ? Math.Log(value / _from) / Math.Log(_to / _from) : value / _to;
}
