namespace CdrApi.Benchmarks.Compare.Report;

/// <summary>Everyone's figures at one work.</summary>
internal sealed class WorkFigures
{
    private readonly Spread? _base;

    public WorkFigures(Comparison comparison, Work work)
    {
        Rows = comparison.Of(work);
        IsRate = Rows.Any(row => row.Runs.Any(run => run.PerSecond is not null));
        // What has no floor is compared with ourselves.
        string[] bases = [ContenderNames.Floor, ContenderNames.Ours];
        var reference = bases.Select(name => comparison.Find(work.Name, name)).FirstOrDefault(m => m?.Runs is [_, ..]);
        Base = reference?.Contender;
        _base = Of(reference);
    }

    /// <summary>Empty where the work was not measured.</summary>
    public IReadOnlyList<Measurement> Rows { get; }

    /// <summary>Whether it is judged by answers a second, not by time.</summary>
    public bool IsRate { get; }

    /// <summary>To whom the ratios are.</summary>
    public string? Base { get; }

    /// <summary>Why there are no figures of it, in one line; null where there are.</summary>
    public static string? Failure(Measurement row) => row.Runs is [] ? (row.Failure ?? "failed").ReplaceLineEndings(" ") : null;

    public string? Median(Measurement row) => Of(row) is { } spread ? Format(spread.Median) : null;

    public string? Range(Measurement row) => Of(row) is { } spread ? Figures.Range(spread, Format) : null;

    public string? Ratio(Measurement row) =>
        Of(row) is { } spread && _base is { } to ? Figures.Ratio(spread.Median / to.Median) : null;

    private Spread? Of(Measurement? row) => Spread.Of(row, run => IsRate ? run.PerSecond : run.Milliseconds);

    private string Format(double value) => IsRate ? Figures.Rate(value) : Figures.Time(value);
}
