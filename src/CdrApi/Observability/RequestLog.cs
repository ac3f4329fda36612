using CdrApi.Security;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Diagnostics;
using Serilog;
using Serilog.Core;
using Serilog.Events;
using Serilog.Formatting.Compact;

namespace CdrApi.Observability;

/// <summary>
/// JSON lines on stdout, one a request; that of a data request is its audit as well. By route, not by path, and without
/// query string or address: no telephone number, CDR, key or caller's address is ever in the log.
/// </summary>
internal static class RequestLog
{
    private const int LongestUsualLine = 4096;
    private static readonly string[] Polled = ["/health", "/replication-lag", "/metrics"];

    public static void AddRequestLog(this WebApplicationBuilder builder)
    {
        // The runtime's own writer sends 256 bytes at a time: here a line is one write.
        Console.SetOut(new StreamWriter(Console.OpenStandardOutput(), bufferSize: LongestUsualLine) { AutoFlush = true });
        builder.Services.AddSerilog(log => log
            .MinimumLevel.Information()
            .MinimumLevel.Override("Microsoft", LogEventLevel.Warning)
            .MinimumLevel.Override("Microsoft.Hosting.Lifetime", LogEventLevel.Information)
            // "Hosting failed to start", with a stack trace: Program says why in one line.
            .MinimumLevel.Override("Microsoft.Extensions.Hosting.Internal.Host", LogEventLevel.Fatal)
            // "Challenged" and the like, which the request's own line says already.
            .MinimumLevel.Override(typeof(ApiKeyHandler).FullName!, LogEventLevel.Warning)
            // Failures are logged by who meets them, without the driver's texts.
            .MinimumLevel.Override("Npgsql", LogEventLevel.Fatal)
            .ReadFrom.Configuration(builder.Configuration)
            .Enrich.FromLogContext()
            .Enrich.With<WithoutPath>()
            .WriteTo.Console(new RenderedCompactJsonFormatter()));
    }

    public static void UseRequestLog(this WebApplication app) =>
        app.UseSerilogRequestLogging(options =>
        {
            options.MessageTemplate = "{Method:l} {Route:l} {Status} in {Milliseconds} ms";
            options.GetMessageTemplateProperties = (http, _, milliseconds, status) =>
            [
                new LogEventProperty("Method", new ScalarValue(http.Request.Method)),
                new LogEventProperty("Route", new ScalarValue(RouteOf(http))),
                new LogEventProperty("Status", new ScalarValue(status)),
                new LogEventProperty("Milliseconds", new ScalarValue(Math.Round(milliseconds, 2))),
            ];
            options.EnrichDiagnosticContext = (diagnostics, http) =>
            {
                if (http.User.FindFirst(Caller.IdClaim) is { } caller)
                {
                    diagnostics.Set("Caller", caller.Value);
                    diagnostics.Set("Credential", http.User.Identity!.AuthenticationType);
                    diagnostics.Set("Scopes", string.Join(' ', http.User.FindAll(Caller.ScopeClaim).Select(c => c.Value)));
                }

                if (http.User.FindFirst(Caller.SessionClaim) is { } session)
                {
                    diagnostics.Set("Session", session.Value);
                }

                if (EndpointOf(http)?.Metadata.GetMetadata<IAuthorizeData>() is not null)
                {
                    var audit = AuditRecord.Of(http);
                    diagnostics.Set("Accounts", audit.Accounts);
                    diagnostics.Set("Parameters", audit.Parameters);
                    diagnostics.Set("Rows", audit.Rows);
                    diagnostics.Set("Bytes", audit.Bytes);
                    diagnostics.Set("Outcome", audit.Outcome ?? OutcomeOf(http.Response.StatusCode));
                }
            };
            // What is polled would drown the rest; the monitor logs each change of what it answers.
            options.GetLevel = (http, _, exception) =>
                exception is null && IsPolled(http) ? LogEventLevel.Debug
                : exception is not null || http.Response.StatusCode >= 500 ? LogEventLevel.Error
                : LogEventLevel.Information;
        });

    public static bool IsPolled(HttpContext http) => Array.Exists(Polled, path => RouteOf(http).StartsWith(path, StringComparison.Ordinal));

    public static string OutcomeOf(int status) => status switch
    {
        < 400 => "complete",
        < 500 => "refused",
        _ => "failed",
    };

    private static string RouteOf(HttpContext http) =>
        (EndpointOf(http) as RouteEndpoint)?.RoutePattern.RawText ?? "(none)";

    // The exception handler takes the endpoint away, and keeps it here.
    public static Endpoint? EndpointOf(HttpContext http) => http.Features.Get<IExceptionHandlerFeature>()?.Endpoint ?? http.GetEndpoint();

    /// <summary>The host's logging scope adds the path, which names accounts and CDRs.</summary>
    private sealed class WithoutPath : ILogEventEnricher
    {
        public void Enrich(LogEvent logEvent, ILogEventPropertyFactory propertyFactory) =>
            logEvent.RemovePropertyIfPresent("RequestPath");
    }
}
