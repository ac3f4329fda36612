namespace CdrApi.Http;

internal static class ReadEndpoints
{
    private static readonly string[] Methods = [HttpMethods.Get, HttpMethods.Head];

    /// <summary>GET and HEAD: a HEAD is answered with the headers that the GET would have.</summary>
    public static RouteHandlerBuilder MapRead(this IEndpointRouteBuilder routes, string pattern, Delegate handler) =>
        routes.MapMethods(pattern, Methods, handler);

    /// <summary>Refuses query parameters: nothing is ignored.</summary>
    public static T WithoutParameters<T>(this T endpoints)
        where T : IEndpointConventionBuilder =>
        endpoints.AddEndpointFilter(async (context, next) => new QueryReader(context.HttpContext.Request, []).Faults is { } faults
            ? Problem.BadParameters.ToResult(faults) : await next(context));
}
