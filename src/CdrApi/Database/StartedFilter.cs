using CdrApi.Http;

namespace CdrApi.Database;

internal static class StartedFilter
{
    /// <summary>503 until the start-up checks have passed: what a query may name is known only then.</summary>
    public static RouteGroupBuilder RequireStarted(this RouteGroupBuilder group) =>
        group.AddEndpointFilter(async (context, next) =>
            context.HttpContext.RequestServices.GetRequiredService<StartupChecks>().Passed
                ? await next(context)
                : Problem.Starting.ToResult())
            .WithProblems(Problem.Starting);
}
