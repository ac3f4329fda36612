using CdrApi.Http;
using Microsoft.AspNetCore.Diagnostics;

namespace CdrApi.Security;

/// <summary>503 where the store of sessions does not answer.</summary>
internal sealed class SessionProblems : IExceptionHandler
{
    public async ValueTask<bool> TryHandleAsync(HttpContext http, Exception exception, CancellationToken cancellationToken)
    {
        if (exception is not SessionStoreException)
        {
            return false;
        }

        await Problem.NoSessionStore.WriteAsync(http);
        return true;
    }
}
