using Microsoft.Extensions.Options;

namespace CdrApi.Database;

/// <summary>What large downloads, batches and statistics leave to pages. Section <c>Lanes</c>; read at start.</summary>
public sealed class LaneOptions
{
    public const string Section = "Lanes";

    /// <summary>
    /// Connections that they may use at once, of this process. 1 to 1000, default 8; at most all but two of Database:MaxConnections without
    /// the monitor's, so that pages always find one.
    /// </summary>
    public int BulkConnections { get; set; } = 8;

    /// <summary>How many of them may be under way at once, those included whose client does not read. 1 to 100,000, default 300.</summary>
    public int BulkDownloads { get; set; } = 300;

    /// <summary>How long one waits for its turn before its 503. 0 to 5 minutes, default 10 seconds.</summary>
    public TimeSpan BulkWait { get; set; } = TimeSpan.FromSeconds(10);
}

internal sealed class LaneOptionsValidator : IValidateOptions<LaneOptions>
{
    public ValidateOptionsResult Validate(string? name, LaneOptions options) =>
        options.BulkConnections is < 1 or > 1000 ? ValidateOptionsResult.Fail("Lanes:BulkConnections must be 1 to 1000.")
        : options.BulkDownloads is < 1 or > 100_000 ? ValidateOptionsResult.Fail("Lanes:BulkDownloads must be 1 to 100000.")
        : options.BulkWait < TimeSpan.Zero || options.BulkWait > TimeSpan.FromMinutes(5) ? ValidateOptionsResult.Fail("Lanes:BulkWait must be 0 to 5 minutes.")
        : ValidateOptionsResult.Success;
}
