namespace CdrApi.Benchmarks;

/// <summary>Times of the same thing, in milliseconds.</summary>
internal sealed class Timings
{
    private readonly List<double> _sorted = [];

    public double Median => (_sorted[(_sorted.Count - 1) / 2] + _sorted[_sorted.Count / 2]) / 2;

    public double Min => _sorted[0];

    public double Max => _sorted[^1];

    public void Add(TimeSpan time)
    {
        _sorted.Add(time.TotalMilliseconds);
        _sorted.Sort();
    }

    public override string ToString() => $"median {Median:F1} ms, min {Min:F1}, max {Max:F1}";
}
