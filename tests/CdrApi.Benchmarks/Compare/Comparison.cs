using System.Text.Json;

namespace CdrApi.Benchmarks.Compare;

/// <summary>All that a comparison has measured; stands beside the page that is made from it.</summary>
/// <param name="Date">When it ended, UTC.</param>
/// <param name="Machine">What it ran on, a line each.</param>
/// <param name="Rows">CDRs of each table, smallest first.</param>
/// <param name="Measurements">In the order in which they were made.</param>
internal sealed record Comparison(DateOnly Date, IReadOnlyList<string> Machine, IReadOnlyList<int> Rows, List<Measurement> Measurements)
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { WriteIndented = true, DefaultIgnoreCondition = System.Text.Json.Serialization.JsonIgnoreCondition.WhenWritingNull };

    public static Comparison Read(string file) => JsonSerializer.Deserialize<Comparison>(File.ReadAllText(file), Json)!;

    public void Write(string file) => File.WriteAllText(file, JsonSerializer.Serialize(this, Json) + "\n");

    public Measurement? Find(string work, string contender) => Measurements.Find(m => m.Work == work && m.Contender == contender);
}

/// <summary>One contender at one work.</summary>
/// <param name="Work">A name of <see cref="Works"/>.</param>
/// <param name="Contender">A name of <see cref="ContenderNames"/>.</param>
/// <param name="Runs">One a round; empty where it failed.</param>
/// <param name="Failure">Why there are no runs.</param>
internal sealed record Measurement(string Work, string Contender, List<Run> Runs, string? Failure = null);

/// <summary>One run. What a work does not have is null.</summary>
internal sealed record Run
{
    /// <summary>Of the whole work; of pages, the time of one at the given rate.</summary>
    public double Milliseconds { get; init; }

    /// <summary>Until the first byte of the answer.</summary>
    public double? FirstByteMilliseconds { get; init; }

    /// <summary>Answers a second.</summary>
    public double? PerSecond { get; init; }

    /// <summary>The 99th percentile of the answers' times.</summary>
    public double? P99Milliseconds { get; init; }

    /// <summary>Processor time of the client; of pages, each of these three is of one page.</summary>
    public double? ClientSeconds { get; init; }

    public double? ServerSeconds { get; init; }

    public double? DatabaseSeconds { get; init; }

    /// <summary>The server's peak of resident memory during the run, in MB.</summary>
    public double? PeakMemory { get; init; }

    /// <summary>How much more that is than what was resident when the run began.</summary>
    public double? MemoryGrowth { get; init; }
}
