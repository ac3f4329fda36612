using System.Security.Claims;
using CdrApi.Database;

namespace CdrApi.Security;

/// <summary>A session, with its key as it was when the request began.</summary>
internal sealed class SessionCredential(Sessions sessions, ReferenceData reference, string token, ApiKey key) : ICredential
{
    public async ValueTask<bool> HoldsAsync()
    {
        if (await sessions.FindAsync(token) is not var (session, now))
        {
            return false;
        }

        return ReferenceEquals(now, key) || (session.Accounts is { } accounts
            ? now.ShowsWhat(key) && Reaches(now, accounts, reference)
            : now.Covers(key));
    }

    /// <summary>Whether the key reaches what a session is narrowed to.</summary>
    public static bool Reaches(ApiKey key, IEnumerable<long> accounts, ReferenceData reference) =>
        Caller.Reaches(new ClaimsPrincipal(new ClaimsIdentity(key.ToClaims())), reference.Current.Accounts, accounts);
}
