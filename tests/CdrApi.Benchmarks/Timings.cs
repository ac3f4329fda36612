namespace CdrApi.Benchmarks;

/// <summary>Times of the same thing, in milliseconds.</summary>
internal sealed class Timings
{
    private readonly List<double> _times = [];
    private bool _sorted = true;

    public double Median => (Sorted[(_times.Count - 1) / 2] + Sorted[_times.Count / 2]) / 2;

    /// <summary>The time that this share of them did not exceed.</summary>
    public double At(double share) => Sorted[(int)Math.Ceiling(share * _times.Count) - 1];

    public double Min => Sorted[0];

    public double Max => Sorted[^1];

    private List<double> Sorted
    {
        get
        {
            if (!_sorted)
                _times.Sort();
            _sorted = true;
            return _times;
        }
    }

    public void Add(Timings others)
    {
        _times.AddRange(others._times);
        _sorted = false;
    }

    public void Add(TimeSpan time)
    {
        _times.Add(time.TotalMilliseconds);
        _sorted = false;
    }

    public override string ToString() => $"median {Median:F1} ms, min {Min:F1}, max {Max:F1}";
}
