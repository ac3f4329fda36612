using Microsoft.Extensions.Options;

namespace CdrApi.Security;

/// <summary>How much one caller may ask of one instance. Section <c>Rates</c>; read at start.</summary>
public sealed class RateOptions
{
    public const string Section = "Rates";

    /// <summary>Requests a second that one credential may keep up. 1 to 1,000,000, default 50.</summary>
    public int RequestsPerSecond { get; set; } = 50;

    /// <summary>Requests that it may send at once after a pause. RequestsPerSecond to 1,000,000, default 200.</summary>
    public int Burst { get; set; } = 200;

    /// <summary>Batches and lists of more than <see cref="BulkRows"/> rows that one credential may have under way at once. 1 to 10,000, default 4.</summary>
    public int BulkDownloads { get; set; } = 4;

    /// <summary>A list with a higher <c>limit</c> is a bulk download. 1 to 1,000,000, default 10,000.</summary>
    public int BulkRows { get; set; } = 10_000;

    /// <summary>
    /// 401s a minute for one address (IPv6: one /64), after which they turn into 429. A good credential is never refused for what
    /// others at its address do. 1 to 1,000,000, default 60.
    /// </summary>
    public int FailedAttemptsPerMinute { get; set; } = 60;
}

internal sealed class RateOptionsValidator : IValidateOptions<RateOptions>
{
    private const int Highest = 1_000_000;

    public ValidateOptionsResult Validate(string? name, RateOptions options)
    {
        var faults = new List<string>();
        Check(nameof(options.RequestsPerSecond), options.RequestsPerSecond, 1, Highest);
        Check(nameof(options.Burst), options.Burst, options.RequestsPerSecond, Highest);
        Check(nameof(options.BulkDownloads), options.BulkDownloads, 1, 10_000);
        Check(nameof(options.BulkRows), options.BulkRows, 1, Highest);
        Check(nameof(options.FailedAttemptsPerMinute), options.FailedAttemptsPerMinute, 1, Highest);
        return faults.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(faults);

        void Check(string setting, int value, int lowest, int highest)
        {
            if (value < lowest || value > highest)
            {
                faults.Add($"Rates:{setting} must be {lowest} to {highest}.");
            }
        }
    }
}
