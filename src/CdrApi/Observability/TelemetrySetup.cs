using System.Diagnostics;
using System.Net;
using CdrApi.Http;
using CdrApi.Security;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace CdrApi.Observability;

/// <summary>Metrics at /metrics for Prometheus; metrics and traces by OTLP where OpenTelemetry's own variables name a collector.</summary>
internal static class TelemetrySetup
{
    private const string Path = "/metrics";
    private const string ReadMetrics = "read metrics";
    private const string Endpoint = "OTEL_EXPORTER_OTLP_ENDPOINT";

    public static void AddTelemetry(this WebApplicationBuilder builder)
    {
        var toCollector = !string.IsNullOrEmpty(builder.Configuration[Endpoint]);
        var telemetry = builder.Services.AddOpenTelemetry()
            .ConfigureResource(resource => resource.AddService("cdrapi"))
            .WithMetrics(metrics =>
            {
                metrics.AddMeter(Telemetry.Meter).AddAspNetCoreInstrumentation().AddRuntimeInstrumentation().AddMeter("Npgsql").AddPrometheusExporter();
                if (toCollector)
                {
                    metrics.AddOtlpExporter();
                }
            });
        if (toCollector)
        {
            telemetry.WithTracing(traces => traces
                .AddAspNetCoreInstrumentation(requests => requests.EnrichWithHttpResponse = (activity, response) => WithoutPath(activity, response.HttpContext))
                .AddSource("Npgsql")
                .AddOtlpExporter());
        }

        builder.Services.AddSingleton<RequestMetrics>();
        builder.Services.AddAuthorizationBuilder().AddPolicy(ReadMetrics, policy => policy.RequireAssertion(context =>
            (context.Resource is HttpContext http && IsLocal(http)) || context.User.HasClaim(Caller.ScopeClaim, Scopes.OpsRead)));
    }

    /// <summary>Before what turns failures into answers, so that it sees their status.</summary>
    public static void UseRequestMetrics(this WebApplication app)
    {
        // Counters count for what listens: this one begins with the meters' provider, not with the first request.
        _ = app.Services.GetRequiredService<MeterProvider>();
        var metrics = app.Services.GetRequiredService<RequestMetrics>();
        app.Use(next => http => metrics.CountAsync(http, next));
    }

    public static void MapMetrics(this WebApplication app) => app.MapPrometheusScrapingEndpoint(Path).RequireAuthorization(ReadMetrics).AnswersWhileStarting();

    // What a proxy on this machine passes on is not from this machine.
    private static bool IsLocal(HttpContext http) => http.Connection.RemoteIpAddress is { } address && IPAddress.IsLoopback(address)
        && !http.Request.Headers.ContainsKey("X-Forwarded-For") && !http.Request.Headers.ContainsKey("Forwarded");

    /// <summary>As in the log: paths name accounts and CDRs.</summary>
    private static void WithoutPath(Activity activity, HttpContext http)
    {
        activity.SetTag("url.path", (http.GetEndpoint() as RouteEndpoint)?.RoutePattern.RawText ?? "(none)");
        activity.SetTag("url.query", null);
    }
}
