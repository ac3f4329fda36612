using CdrApi.Http;

namespace CdrApi.Security;

/// <summary>401: no credential, or one that is no good. It is not said which.</summary>
internal static class Challenge
{
    public static Task WriteAsync(HttpContext http, string bearerError = "")
    {
        if (!http.RequestServices.GetRequiredService<Rates>().TryFail(http))
        {
            return Problem.TooManyAttempts.WriteAsync(http);
        }

        http.Response.Headers.WWWAuthenticate = new([$"{ApiKeyHandler.SchemeName} realm=\"CdrApi\"", $"Bearer realm=\"CdrApi\"{bearerError}"]);
        return Problem.Unauthorized.WriteAsync(http);
    }
}
