using System.Globalization;
using CdrApi.Database;
using CdrApi.Http;
using Microsoft.Extensions.Options;

namespace CdrApi.Replication;

/// <summary>Whether standbys serve, and all of them are as they should be.</summary>
internal sealed class ReplicaHealth(ReplicaReadiness readiness, ReplicaMonitor monitor) : IHealthCheck
{
    public string Name => "replica";

    public HealthCheck Run()
    {
        var notReady = readiness.NotReadyBecause();
        var ill = readiness.Ill();
        return new HealthCheck(
            notReady is not null ? HealthStatus.Fail : ill.Count > 0 ? HealthStatus.Warn : HealthStatus.Pass,
            monitor.All.Count(r => r.InRotation),
            "replicas in rotation",
            notReady ?? (ill.Count > 0 ? string.Join(", ", ill) + ". The log says more." : null));
    }
}

/// <summary>How far the standbys are behind.</summary>
internal sealed class LagHealth(ReplicaMonitor monitor, IOptions<ReplicaOptions> options) : IHealthCheck
{
    public string Name => "lag";

    public HealthCheck Run()
    {
        var lag = monitor.Overall.LagSeconds;
        var limit = options.Value.LagLimit.TotalSeconds;
        if (lag is null && options.Value.Kind == ReplicaKind.Physical)
        {
            return new HealthCheck(HealthStatus.Warn, null, "s", "Not known.");
        }

        return lag > limit
            ? new HealthCheck(HealthStatus.Warn, lag, "s",
                string.Create(CultureInfo.InvariantCulture, $"More than {limit} s behind the primary."))
            : new HealthCheck(HealthStatus.Pass, lag, "s", null);
    }
}

/// <summary>Whether the clocks of the primary and the standbys agree.</summary>
internal sealed class ClockHealth(ReplicaMonitor monitor) : IHealthCheck
{
    private const double MostSeconds = 2;

    public string Name => "clock";

    public HealthCheck Run()
    {
        var worst = monitor.All.Where(r => r.ClockSkewSeconds is not null).MaxBy(r => Math.Abs(r.ClockSkewSeconds!.Value));
        return worst?.ClockSkewSeconds is { } skew && Math.Abs(skew) > MostSeconds
            ? new HealthCheck(HealthStatus.Warn, skew, "s", string.Create(CultureInfo.InvariantCulture,
                $"The clock of {worst.Replica} is {Math.Abs(skew)} s {(skew > 0 ? "ahead of" : "behind")} the primary's. Synchronize both (NTP)."))
            : new HealthCheck(HealthStatus.Pass, worst?.ClockSkewSeconds, "s", null);
    }
}

/// <summary>Whether queries find a free connection.</summary>
internal sealed class PoolHealth(Replicas replicas) : IHealthCheck
{
    public string Name => "pool";

    public HealthCheck Run()
    {
        var busiest = replicas.All.Max(r => r.ConnectionsInUse);
        return busiest >= replicas.MaxConnections
            ? new HealthCheck(HealthStatus.Warn, busiest, "connections",
                $"All {replicas.MaxConnections} connections of a pool are in use; further queries wait.")
            : new HealthCheck(HealthStatus.Pass, busiest, "connections", null);
    }
}
