using Microsoft.Net.Http.Headers;

namespace CdrApi.Http;

internal static class Compression
{
    /// <summary>
    /// br or gzip for callers that accept it. Answers hold nothing that a caller could make a secret guessable by,
    /// so it is safe over TLS too.
    /// </summary>
    public static void AddCompression(this WebApplicationBuilder builder) =>
        builder.Services.AddResponseCompression(compression =>
        {
            compression.EnableForHttps = true;
            compression.MimeTypes = ["application/json", "application/problem+json", "application/health+json",
                "application/x-ndjson", "text/csv", "text/html", "text/css", "text/javascript", "application/javascript"];
        });

    /// <summary>Also what is not compressed tells caches that another caller's answer might be.</summary>
    public static void UseCompression(this IApplicationBuilder app)
    {
        app.Use((http, next) =>
        {
            http.Response.Headers.Append(HeaderNames.Vary, HeaderNames.AcceptEncoding);
            return next(http);
        });
        app.UseResponseCompression();
    }
}
