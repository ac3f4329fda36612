using Microsoft.Extensions.Options;

namespace CdrApi.Batches;

/// <summary>How much one batch may ask. Section <c>Batches</c>.</summary>
public sealed class BatchOptions
{
    public const string Section = "Batches";

    /// <summary>Queries of one batch. 1 to 1000, default 100.</summary>
    public int MaxQueries { get; set; } = 100;

    /// <summary>
    /// Queries of one batch that are at work at once: each holds at most one connection and two slices.
    /// 1 to 100, default 4.
    /// </summary>
    public int Parallelism { get; set; } = 4;
}

internal sealed class BatchOptionsValidator : IValidateOptions<BatchOptions>
{
    public ValidateOptionsResult Validate(string? name, BatchOptions options)
    {
        var faults = new List<string>();
        if (options.MaxQueries is < 1 or > 1000)
        {
            faults.Add("Batches:MaxQueries must be 1 to 1000.");
        }

        if (options.Parallelism is < 1 or > 100)
        {
            faults.Add("Batches:Parallelism must be 1 to 100.");
        }

        return faults.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(faults);
    }
}
