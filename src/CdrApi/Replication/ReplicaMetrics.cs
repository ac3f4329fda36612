using System.Diagnostics.Metrics;
using CdrApi.Http;

namespace CdrApi.Replication;

/// <summary>Each standby as it was last measured, by the label <c>replica</c>.</summary>
internal static class ReplicaMetrics
{
    public static void Register(IMeterFactory meters, ReplicaKind kind, Func<IReadOnlyList<ReplicaStatus>> all)
    {
        var meter = meters.Create(Telemetry.Meter);
        meter.CreateObservableGauge("cdrapi.replica.lag", () => Each(s => s.LagSeconds), "s", "Seconds behind the primary; missing when not known.");
        meter.CreateObservableGauge("cdrapi.replica.clock_skew", () => Each(s => s.ClockSkewSeconds), "s",
            "Seconds that its clock is ahead of the primary's; missing when not known.");
        meter.CreateObservableGauge("cdrapi.replica.behind", () => Each(s => s.BytesBehind), "By", "WAL received and not replayed yet; missing when not known.");
        meter.CreateObservableGauge("cdrapi.replica.streaming", () => Each(s => kind == ReplicaKind.Logical ? null : s.Streaming ? 1 : 0), null,
            "1 while a WAL receiver streams; missing with Replica:Kind=logical.");
        meter.CreateObservableGauge("cdrapi.replica.in_rotation", () => Each(s => s.InRotation ? 1 : 0), null, "1 while queries are sent to it.");

        IEnumerable<Measurement<double>> Each(Func<ReplicaStatus, double?> figure) =>
            all().Where(s => figure(s) is not null).Select(s => new Measurement<double>(figure(s)!.Value, KeyValuePair.Create<string, object?>("replica", s.Replica)));
    }
}
