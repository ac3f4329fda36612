using Microsoft.Extensions.Options;

namespace CdrApi.Database;

/// <summary>What large downloads, batches and statistics leave to pages. Section <c>Lanes</c>; read at start.</summary>
public sealed class LaneOptions
{
    public const string Section = "Lanes";

    /// <summary>
    /// Slices of large lists and batches that are read at once. 1 to 1000, default half of this machine's cores: more would starve pages of
    /// them. At most half of the pool, and never its last two connections.
    /// </summary>
    public int BulkConnections { get; set; } = Math.Max(1, Environment.ProcessorCount / 2);

    /// <summary>Statistics and counts that run at once. 1 to 1000, default 4; bounded by the pool in the same way.</summary>
    public int Statements { get; set; } = 4;

    /// <summary>Large lists and batches that may be under way at once, those included whose client does not read. 1 to 100,000, default 300.</summary>
    public int BulkDownloads { get; set; } = 300;

    /// <summary>How long one waits for its first turn before its 503. 0 to 5 minutes, default 10 seconds.</summary>
    public TimeSpan Wait { get; set; } = TimeSpan.FromSeconds(10);
}

internal sealed class LaneOptionsValidator : IValidateOptions<LaneOptions>
{
    public ValidateOptionsResult Validate(string? name, LaneOptions options) =>
        options.BulkConnections is < 1 or > 1000 ? ValidateOptionsResult.Fail("Lanes:BulkConnections must be 1 to 1000.")
        : options.Statements is < 1 or > 1000 ? ValidateOptionsResult.Fail("Lanes:Statements must be 1 to 1000.")
        : options.BulkDownloads is < 1 or > 100_000 ? ValidateOptionsResult.Fail("Lanes:BulkDownloads must be 1 to 100000.")
        : options.Wait < TimeSpan.Zero || options.Wait > TimeSpan.FromMinutes(5) ? ValidateOptionsResult.Fail("Lanes:Wait must be 0 to 5 minutes.")
        : ValidateOptionsResult.Success;
}
