using Microsoft.Extensions.Options;
using Microsoft.Net.Http.Headers;

namespace CdrApi.Security;

/// <summary>Pages of which origins may call from a browser. None, unless configured.</summary>
internal static class Cors
{
    private static readonly string[] Exposed =
    [
        "CDR-As-Of", "CDR-Replication-Lag", "CDR-Total", "CDR-Count", "CDR-Groups", "Server-Timing", HeaderNames.ContentDisposition, HeaderNames.Link, HeaderNames.RetryAfter,
        HeaderNames.WWWAuthenticate, "RateLimit", "RateLimit-Policy",
    ];

    public static void AddOrigins(this WebApplicationBuilder builder)
    {
        builder.Services.AddCors();
        builder.Services.AddOptions<Microsoft.AspNetCore.Cors.Infrastructure.CorsOptions>().Configure<IOptions<SecurityOptions>>((cors, security) =>
            cors.AddDefaultPolicy(policy => policy
                .WithOrigins([.. security.Value.CorsOrigins])
                .WithMethods(HttpMethods.Get, HttpMethods.Head, HttpMethods.Post, HttpMethods.Delete)
                .WithHeaders(ApiKeyHandler.Header, HeaderNames.Authorization, HeaderNames.ContentType)
                .WithExposedHeaders(Exposed)
                .SetPreflightMaxAge(TimeSpan.FromMinutes(10))));
    }

    /// <summary>Before authentication: a preflight has no credential.</summary>
    public static void UseOrigins(this WebApplication app)
    {
        if (app.Services.GetRequiredService<IOptions<SecurityOptions>>().Value.CorsOrigins.Count > 0)
        {
            app.UseCors();
        }
    }
}
