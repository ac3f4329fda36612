using Microsoft.Extensions.Options;

namespace CdrApi.Cdrs;

/// <summary>How much a list answers, and in what slices. Section <c>Cdrs</c>.</summary>
public sealed class CdrOptions
{
    public const string Section = "Cdrs";

    /// <summary>Rows of an answer when the request names no limit. 1 to MaxLimit, default 500.</summary>
    public int DefaultLimit { get; set; } = 500;

    /// <summary>The highest limit that a request may name. 1 to 100,000,000, default 1,000,000.</summary>
    public int MaxLimit { get; set; } = 1_000_000;

    /// <summary>Rows read before the first byte is sent: few, for a short wait. 1 to 100,000, default 500.</summary>
    public int FirstSliceRows { get; set; } = 500;

    /// <summary>Rows of each further slice: a connection is held for one at a time. 1 to 100,000, default 5,000.</summary>
    public int SliceRows { get; set; } = 5000;
}

internal sealed class CdrOptionsValidator : IValidateOptions<CdrOptions>
{
    public ValidateOptionsResult Validate(string? name, CdrOptions options)
    {
        var faults = new List<string>();
        Check(options.MaxLimit is >= 1 and <= 100_000_000, "Cdrs:MaxLimit must be 1 to 100,000,000.");
        Check(options.DefaultLimit >= 1 && options.DefaultLimit <= options.MaxLimit, "Cdrs:DefaultLimit must be 1 to Cdrs:MaxLimit.");
        Check(options.FirstSliceRows is >= 1 and <= 100_000, "Cdrs:FirstSliceRows must be 1 to 100,000.");
        Check(options.SliceRows is >= 1 and <= 100_000, "Cdrs:SliceRows must be 1 to 100,000.");
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
