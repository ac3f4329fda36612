using CdrApi.Database;

namespace CdrApi.Replication;

/// <summary>Whether requests for CDRs can be answered.</summary>
internal sealed class ReplicaReadiness(ReplicaChecks checks, ReferenceData reference, Replicas replicas, ReplicaMonitor monitor)
{
    /// <summary>Null when they can.</summary>
    public string? NotReadyBecause()
    {
        if (!checks.HavePassed)
        {
            return "The start-up checks have not passed yet: waiting for a standby.";
        }

        if (!monitor.All.Any(r => r.InRotation))
        {
            return "No standby is in rotation: " + string.Join(", ", replicas.All.Select(Describe)) + ".";
        }

        if (!reference.IsLoaded)
        {
            return "Reference data is not loaded yet.";
        }

        return replicas.All.Any(Reads) ? null
            : "No standby passes its checks, so CDRs cannot be read; the log says why: " + string.Join(", ", replicas.All.Select(Describe)) + ".";
    }

    /// <summary>Those that are not as they should be; empty when all are.</summary>
    public IReadOnlyList<string> Ill() =>
        [.. replicas.All.Where(r => monitor.StatusOf(r).Status != ReplicaState.Ok || r.CheckResult != ReplicaCheckResult.Passed).Select(Describe)];

    private bool Reads(Replica replica) =>
        replica.CheckResult is ReplicaCheckResult.Passed or ReplicaCheckResult.Impaired && monitor.StatusOf(replica).InRotation;

    private string Describe(Replica replica) => $"{replica.Name} is {(monitor.StatusOf(replica).Status, replica.CheckResult) switch
    {
        (ReplicaState.NotAStandby, _) => "not a standby",
        (ReplicaState.Ok, ReplicaCheckResult.Failing or ReplicaCheckResult.Refused) => "failing its checks",
        (ReplicaState.Ok, ReplicaCheckResult.Impaired) => "lacking a part of what the service was configured for",
        (ReplicaState.Ok, ReplicaCheckResult.Unknown) => "not checked yet",
        var (state, _) => state.ToString().ToLowerInvariant(),
    }}";
}
