using CdrApi.Http;

namespace CdrApi.Security;

/// <summary>401: no credential, or one that is no good. It is not said which.</summary>
internal static class Challenge
{
    public const string InvalidToken = ", error=\"invalid_token\"";

    public static Task WriteAsync(HttpContext http, string bearerError = "")
    {
        if (!http.RequestServices.GetRequiredService<Rates>().TryFail(http))
        {
            return Problem.TooManyAttempts.WriteAsync(http);
        }

        return WriteUncountedAsync(http, bearerError);
    }

    /// <summary>For a credential that was good when the request began: no attempt.</summary>
    public static Task WriteUncountedAsync(HttpContext http, string bearerError)
    {
        http.Response.Headers.WWWAuthenticate = new([$"{ApiKeyHandler.SchemeName} realm=\"CdrApi\"", $"Bearer realm=\"CdrApi\"{bearerError}"]);
        return Problem.Unauthorized.WriteAsync(http);
    }
}
