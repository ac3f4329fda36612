using System.Diagnostics;
using CdrApi.Http;
using Microsoft.Extensions.Options;

namespace CdrApi.Database;

internal static class ReadinessMiddleware
{
    /// <summary>
    /// Before a credential is read: what it reaches, and what a query may name, is known only when the checks have passed. A request waits for
    /// them as it waits for a standby, so that a restart behind a proxy costs none; then 503.
    /// </summary>
    public static void UseReadiness(this WebApplication app)
    {
        var checks = app.Services.GetRequiredService<ReplicaChecks>();
        var reference = app.Services.GetRequiredService<ReferenceData>();
        var wait = app.Services.GetRequiredService<IOptions<DatabaseOptions>>().Value.ConnectTimeout;
        // Where there is no endpoint there never will be: a 404 is right in any state.
        app.Use((http, next) => (checks.HavePassed && reference.IsLoaded) || http.GetEndpoint() is not { } endpoint || endpoint.Metadata.GetMetadata<AnswersWhileStarting>() is not null
            ? next(http)
            : WaitAsync(http, next));

        async Task WaitAsync(HttpContext http, RequestDelegate next)
        {
            var started = Stopwatch.GetTimestamp();
            if (await checks.PassWithinAsync(wait, http.RequestAborted)
                && await reference.LoadedWithinAsync(TimeSpan.FromTicks(Math.Max(0, (wait - Stopwatch.GetElapsedTime(started)).Ticks)), http.RequestAborted))
            {
                await next(http);
            }
            else
            {
                await Problem.Starting.WriteAsync(http);
            }
        }
    }
}
