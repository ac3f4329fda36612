using CdrApi.Http;
using Microsoft.Extensions.Options;

namespace CdrApi.Database;

internal static class StartedFilter
{
    /// <summary>
    /// What a query may name is known only when the start-up checks have passed. A request waits for them as it waits for a standby, so that
    /// a restart behind a proxy costs none; then 503.
    /// </summary>
    public static RouteGroupBuilder RequireStarted(this RouteGroupBuilder group) =>
        group.AddEndpointFilter(async (context, next) =>
        {
            var services = context.HttpContext.RequestServices;
            var wait = services.GetRequiredService<IOptions<DatabaseOptions>>().Value.ConnectTimeout;
            return await services.GetRequiredService<StartupChecks>().PassWithinAsync(wait, context.HttpContext.RequestAborted)
                ? await next(context)
                : Problem.Starting.ToResult();
        })
            .WithProblems(Problem.Starting);
}
