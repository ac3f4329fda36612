using Microsoft.Extensions.Options;

namespace CdrApi.Replication;

public enum ReplicaKind
{
    /// <summary>A streaming standby: it must be in recovery, and a promotion takes it out of rotation.</summary>
    Physical,

    /// <summary>A subscriber of logical replication or Slony: never in recovery, and its lag is not known.</summary>
    Logical,
}

/// <summary>What a replica must be to be read from. Section <c>Replica</c>.</summary>
public sealed class ReplicaOptions
{
    public const string Section = "Replica";

    /// <summary><c>physical</c> (default) or <c>logical</c>.</summary>
    public ReplicaKind Kind { get; set; } = ReplicaKind.Physical;

    /// <summary>How often each replica is measured. 100 ms to 1 minute, default 1 second.</summary>
    public TimeSpan PollInterval { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>Above it the replica is called lagging, and health warns. Default 60 seconds.</summary>
    public TimeSpan LagLimit { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>Above it the replica leaves the rotation. At least LagLimit, default 5 minutes.</summary>
    public TimeSpan MaxStaleness { get; set; } = TimeSpan.FromMinutes(5);
}

internal sealed class ReplicaOptionsValidator : IValidateOptions<ReplicaOptions>
{
    public ValidateOptionsResult Validate(string? name, ReplicaOptions options)
    {
        if (options.PollInterval < TimeSpan.FromMilliseconds(100) || options.PollInterval > TimeSpan.FromMinutes(1))
        {
            return ValidateOptionsResult.Fail("Replica:PollInterval must be 00:00:00.1 to 00:01:00.");
        }

        return options.LagLimit > TimeSpan.Zero && options.MaxStaleness >= options.LagLimit
            ? ValidateOptionsResult.Success
            : ValidateOptionsResult.Fail("Replica:LagLimit must be above zero, and Replica:MaxStaleness at least as long.");
    }
}
