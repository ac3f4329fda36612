using System.Diagnostics.Metrics;
using CdrApi.Http;

namespace CdrApi.Database;

/// <summary>How reading goes: what was asked again, and how full the bulk lane is.</summary>
internal sealed class ReadMetrics
{
    private readonly Counter<long> _retries;

    public ReadMetrics(IMeterFactory meters, Lanes lanes, Replicas replicas)
    {
        var meter = meters.Create(Telemetry.Meter);
        _retries = meter.CreateCounter<long>("cdrapi.retries", "{retry}", "Queries that were asked again, by cause.");
        meter.CreateObservableGauge("cdrapi.lane.bulk.connections", () => lanes.BulkConnectionsInUse, "{connection}", "Connections that bulk reads use.");
        meter.CreateObservableGauge("cdrapi.lane.bulk.downloads", () => lanes.DownloadsUnderWay, "{download}", "Bulk downloads under way.");
        meter.CreateObservableGauge("cdrapi.pool.connections", () => replicas.All.Select(r =>
            new Measurement<int>(r.ConnectionsInUse, KeyValuePair.Create<string, object?>("replica", r.Name))), "{connection}", "Connections in use.");
        meter.CreateObservableGauge("cdrapi.pool.limit", () => replicas.MaxConnections, "{connection}", "Connections that there may be to each standby.");
    }

    public void AskedAgain(string cause) => _retries.Add(1, KeyValuePair.Create<string, object?>("cause", cause));
}
