namespace CdrApi.Http;

/// <summary>What browsers are told: to run nothing but the Swagger UI's own scripts, to guess no types, to keep no CDRs.</summary>
internal static class SecurityHeaders
{
    // Swagger UI sets styles from its scripts, and draws its icons from data: addresses.
    private const string OfSwagger = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
        + "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    private const string OfAnswers = "default-src 'none'; frame-ancestors 'none'";

    public static void UseSecurityHeaders(this WebApplication app) => app.Use((http, next) =>
    {
        // At the last moment: who answers a failure begins with no headers at all.
        http.Response.OnStarting(Write, http);
        return next(http);
    });

    private static Task Write(object state)
    {
        var http = (HttpContext)state;
        var headers = http.Response.Headers;
        var isSwagger = http.Request.Path.StartsWithSegments("/swagger");
        headers.XContentTypeOptions = "nosniff";
        headers.ContentSecurityPolicy = isSwagger ? OfSwagger : OfAnswers;
        headers["Referrer-Policy"] = "no-referrer";
        if (!isSwagger)
        {
            headers.CacheControl = "no-store";
        }

        return Task.CompletedTask;
    }
}
