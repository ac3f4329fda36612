using Microsoft.Extensions.Options;

namespace CdrApi.Statistics;

/// <summary>How much a statistic answers, and what the standby may spend on one. Section <c>Statistics</c>.</summary>
public sealed class StatisticsOptions
{
    public const string Section = "Statistics";

    /// <summary>Groups of an answer when the request names no limit. 1 to MaxLimit, default 1,000.</summary>
    public int DefaultLimit { get; set; } = 1000;

    /// <summary>The highest limit that a request may name. 1 to 100,000, default 100,000.</summary>
    public int MaxLimit { get; set; } = 100_000;

    /// <summary>
    /// Groups that an answer without a limit may have: NDJSON and CSV have all of them. They are held in memory, about 200 bytes each. 1 to 1,000,000,
    /// default 1,000,000.
    /// </summary>
    public int MaxGroups { get; set; } = 1_000_000;

    /// <summary>Further cores of the standby that one statistic may use. 0 to 16, default 2.</summary>
    public int ParallelWorkers { get; set; } = 2;

    /// <summary>
    /// PostgreSQL's work_mem of a statistic, in MB: each of its processes may hold twice as much in groups, before it
    /// writes them to disk. 1 to 4096, default 64.
    /// </summary>
    public int WorkMemory { get; set; } = 64;
}

internal sealed class StatisticsOptionsValidator : IValidateOptions<StatisticsOptions>
{
    public ValidateOptionsResult Validate(string? name, StatisticsOptions options)
    {
        var faults = new List<string>();
        Check(options.MaxLimit is >= 1 and <= 100_000, "Statistics:MaxLimit must be 1 to 100,000.");
        Check(options.DefaultLimit >= 1 && options.DefaultLimit <= options.MaxLimit, "Statistics:DefaultLimit must be 1 to Statistics:MaxLimit.");
        Check(options.MaxGroups is >= 1 and <= 1_000_000, "Statistics:MaxGroups must be 1 to 1,000,000.");
        Check(options.ParallelWorkers is >= 0 and <= 16, "Statistics:ParallelWorkers must be 0 to 16.");
        Check(options.WorkMemory is >= 1 and <= 4096, "Statistics:WorkMemory must be 1 to 4096, in MB.");
        return faults.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(faults);

        void Check(bool good, string fault)
        {
            if (!good)
            {
                faults.Add(fault);
            }
        }
    }
}
