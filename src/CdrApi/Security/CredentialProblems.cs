using CdrApi.Database;
using Microsoft.AspNetCore.Diagnostics;

namespace CdrApi.Security;

/// <summary>401 where the credential ended before the first byte of the answer.</summary>
internal sealed class CredentialProblems : IExceptionHandler
{
    public async ValueTask<bool> TryHandleAsync(HttpContext http, Exception exception, CancellationToken cancellationToken)
    {
        if (exception is not CredentialEndedException)
        {
            return false;
        }

        await Challenge.WriteUncountedAsync(http, http.Request.Headers.Authorization.Count > 0 ? Challenge.InvalidToken : "");
        return true;
    }
}
