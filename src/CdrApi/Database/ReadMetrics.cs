using System.Diagnostics.Metrics;
using CdrApi.Http;

namespace CdrApi.Database;

/// <summary>What was asked again.</summary>
internal sealed class ReadMetrics
{
    private readonly Counter<long> _retries;

    public ReadMetrics(IMeterFactory meters) =>
        _retries = meters.Create(Telemetry.Meter).CreateCounter<long>("cdrapi.retries", "{retry}", "Queries that were asked again, by cause.");

    public void AskedAgain(string cause) => _retries.Add(1, KeyValuePair.Create<string, object?>("cause", cause));
}
