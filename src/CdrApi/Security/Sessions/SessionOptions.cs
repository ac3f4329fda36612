using Microsoft.Extensions.Options;
using StackExchange.Redis;

namespace CdrApi.Security;

/// <summary>Short-lived tokens for API keys. Section <c>Sessions</c>; read at start.</summary>
public sealed class SessionOptions
{
    public const string Section = "Sessions";

    /// <summary>
    /// Where sessions are kept, as StackExchange.Redis writes it: <c>127.0.0.1:6379,password=…,ssl=true</c>. Empty: in this process, so that
    /// another instance does not know them, and a restart ends them.
    /// </summary>
    public string Redis { get; set; } = "";

    /// <summary>How long a session lasts that asks for no shorter time. 1 s to 15 min, default 15 min.</summary>
    public TimeSpan Lifetime { get; set; } = TimeSpan.FromMinutes(15);

    /// <summary>Sessions that one key may have at once. 1 to 100,000, default 10,000.</summary>
    public int MaxPerKey { get; set; } = 10_000;
}

internal sealed class SessionOptionsValidator : IValidateOptions<SessionOptions>
{
    private const int HighestPerKey = 100_000;
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(15);

    public ValidateOptionsResult Validate(string? name, SessionOptions options)
    {
        var faults = new List<string>();
        if (options.Lifetime < TimeSpan.FromSeconds(1) || options.Lifetime > Longest)
        {
            faults.Add("Sessions:Lifetime must be between 1 second and 15 minutes.");
        }

        if (options.MaxPerKey is < 1 or > HighestPerKey)
        {
            faults.Add("Sessions:MaxPerKey must be 1 to 100000.");
        }

        try
        {
            if (options.Redis.Length > 0 && ConfigurationOptions.Parse(options.Redis).EndPoints.Count == 0)
            {
                faults.Add("Sessions:Redis names no server: write host:port, then options with commas.");
            }
        }
        catch (Exception e) when (e is ArgumentException or FormatException)
        {
            // Its text could quote the password.
            faults.Add("Sessions:Redis cannot be read: write host:port, then options with commas, such as 127.0.0.1:6379,ssl=true.");
        }

        return faults.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(faults);
    }
}
