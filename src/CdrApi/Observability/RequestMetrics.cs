using System.Diagnostics;
using System.Diagnostics.Metrics;
using CdrApi.Http;
using CdrApi.Security;
using Microsoft.AspNetCore.Authorization;

namespace CdrApi.Observability;

/// <summary>
/// What came of data requests, in the words of the audit. By status alone, a stream that failed after its 200 would be no error; and of those
/// asked by a supervisor or Prometheus, there are so many that they would hide the others.
/// </summary>
internal sealed class RequestMetrics
{
    private static readonly string[] Outcomes = ["complete", "client left", "refused", "failed", "aborted"];

    private readonly Counter<long> _requests;

    public RequestMetrics(IMeterFactory meters)
    {
        var meter = meters.Create(Telemetry.Meter);
        _requests = meter.CreateCounter<long>("cdrapi.requests", "{request}",
            "Requests for data, by outcome: complete, client left, withdrawn (the credential ended after a 200), refused (4xx), failed (5xx), aborted (after a 200). Failed and aborted are errors.");
        foreach (var outcome in Outcomes)
        {
            Add(outcome, 0);
        }

        using var process = Process.GetCurrentProcess();
        var started = new DateTimeOffset(process.StartTime).ToUnixTimeMilliseconds() / 1000d;
        meter.CreateObservableGauge("process.start_time", () => started, "s", "When the process started, as Unix time.");
    }

    public async Task CountAsync(HttpContext http, RequestDelegate next)
    {
        try
        {
            await next(http);
        }
        finally
        {
            if (RequestLog.EndpointOf(http)?.Metadata.GetMetadata<IAuthorizeData>() is not null && !RequestLog.IsPolled(http))
            {
                Add(AuditRecord.Of(http).Outcome ?? RequestLog.OutcomeOf(http.Response.StatusCode), 1);
            }
        }
    }

    private void Add(string outcome, int requests) => _requests.Add(requests, KeyValuePair.Create<string, object?>("outcome", outcome));
}
