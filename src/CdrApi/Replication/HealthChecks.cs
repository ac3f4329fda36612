using System.Globalization;
using CdrApi.Database;
using Microsoft.Extensions.Options;

namespace CdrApi.Replication;

internal enum HealthStatus
{
    Pass,
    Warn,
    Fail,
}

/// <summary>The service's health.</summary>
/// <param name="Status">The worst of the checks: `pass`, `warn` or `fail`.</param>
/// <param name="Checks">Each check by its name: `replica`, `lag`, `pool`, `reference_data`.</param>
internal sealed record HealthReport(HealthStatus Status, IReadOnlyDictionary<string, HealthCheck> Checks);

/// <summary>One check.</summary>
/// <param name="Status">`pass`, `warn` or `fail`.</param>
/// <param name="ObservedValue">What was measured; null when nothing could be.</param>
/// <param name="ObservedUnit">Its unit.</param>
/// <param name="Output">What is wrong; null when nothing is.</param>
internal sealed record HealthCheck(HealthStatus Status, double? ObservedValue, string ObservedUnit, string? Output);

internal sealed class HealthChecks(
    StartupChecks startup,
    Replicas replicas,
    ReplicaMonitor monitor,
    ReferenceData reference,
    IOptions<ReplicaOptions> replicaOptions,
    IOptions<DatabaseOptions> databaseOptions,
    TimeProvider time)
{
    public string? NotReadyBecause()
    {
        if (!startup.Passed)
        {
            return "The start-up checks have not passed yet: waiting for a standby.";
        }

        return monitor.All.Any(r => r.InRotation) ? null
            : "No standby is in rotation: " + string.Join(", ", monitor.All.Select(Describe)) + ".";
    }

    public HealthReport Run()
    {
        var checks = new Dictionary<string, HealthCheck>
        {
            ["replica"] = CheckReplica(),
            ["lag"] = CheckLag(),
            ["pool"] = CheckPool(),
            ["reference_data"] = CheckReferenceData(),
        };
        return new HealthReport(checks.Values.Max(c => c.Status), checks);
    }

    private HealthCheck CheckReplica()
    {
        var all = monitor.All;
        var serving = all.Count(r => r.InRotation);
        var ill = all.Where(r => r.Status != ReplicaState.Ok).Select(Describe).ToList();
        var status = NotReadyBecause() is not null ? HealthStatus.Fail : ill.Count > 0 ? HealthStatus.Warn : HealthStatus.Pass;
        return new HealthCheck(status, serving, "replicas in rotation",
            NotReadyBecause() ?? (ill.Count > 0 ? string.Join(", ", ill) + "." : null));
    }

    private HealthCheck CheckLag()
    {
        var lag = monitor.Overall.LagSeconds;
        var limit = replicaOptions.Value.LagLimit.TotalSeconds;
        if (lag is null && replicaOptions.Value.Kind == ReplicaKind.Physical)
        {
            return new HealthCheck(HealthStatus.Warn, null, "s", "Not known.");
        }

        return lag > limit
            ? new HealthCheck(HealthStatus.Warn, lag, "s",
                string.Create(CultureInfo.InvariantCulture, $"More than {limit} s behind the primary."))
            : new HealthCheck(HealthStatus.Pass, lag, "s", null);
    }

    private HealthCheck CheckPool()
    {
        var busiest = replicas.All.Max(r => r.ConnectionsInUse);
        return busiest >= replicas.MaxConnections
            ? new HealthCheck(HealthStatus.Warn, busiest, "connections",
                $"All {replicas.MaxConnections} connections of a pool are in use; further queries wait.")
            : new HealthCheck(HealthStatus.Pass, busiest, "connections", null);
    }

    private HealthCheck CheckReferenceData()
    {
        var age = time.GetUtcNow() - reference.Current.LoadedAt;
        if (!startup.Passed)
        {
            return new HealthCheck(HealthStatus.Fail, null, "s", "Not loaded yet.");
        }

        return age > (3 * databaseOptions.Value.ReferenceDataRefresh)
            ? new HealthCheck(HealthStatus.Warn, Math.Round(age.TotalSeconds), "s", "Not refreshed for three intervals.")
            : new HealthCheck(HealthStatus.Pass, Math.Round(age.TotalSeconds), "s", null);
    }

    private static string Describe(ReplicaStatus replica) => $"{replica.Replica} is {replica.Status switch
    {
        ReplicaState.NotAStandby => "not a standby",
        var state => state.ToString().ToLowerInvariant(),
    }}";
}
