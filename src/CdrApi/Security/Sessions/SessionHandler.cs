using System.Globalization;
using System.Security.Claims;
using System.Text.Encodings.Web;
using CdrApi.Database;
using CdrApi.Http;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Options;

namespace CdrApi.Security;

/// <summary>Authenticates by the token of a session, in Authorization: Bearer.</summary>
internal sealed class SessionHandler(
    Sessions sessions, ReferenceData reference,
    IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory logger, UrlEncoder encoder)
    : AuthenticationHandler<AuthenticationSchemeOptions>(options, logger, encoder)
{
    public const string SchemeName = "Session";
    private const string Bearer = "Bearer ";

    /// <summary>Null where the request has none, or a token of another kind.</summary>
    public static string? TokenOf(HttpRequest request) =>
        request.Headers.Authorization is [{ } value] && value.StartsWith(Bearer, StringComparison.OrdinalIgnoreCase)
            && value[Bearer.Length..] is var token && token.StartsWith(CredentialText.Session.Prefix, StringComparison.Ordinal) ? token : null;

    protected override async Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        if (TokenOf(Request) is not { } token)
        {
            return AuthenticateResult.NoResult();
        }

        try
        {
            if (await sessions.FindAsync(token) is not var (session, key) || ClaimsOf(session, key) is not { } claims)
            {
                return AuthenticateResult.Fail("Unknown session.");
            }

            Context.Features.Set<ICredential>(new SessionCredential(sessions, reference, token, key));
            return AuthenticateResult.Success(new AuthenticationTicket(new ClaimsPrincipal(new ClaimsIdentity(claims, SchemeName)), SchemeName));
        }
        catch (SessionStoreException e)
        {
            return AuthenticateResult.Fail(e);
        }
    }

    protected override async Task HandleChallengeAsync(AuthenticationProperties properties)
    {
        if ((await HandleAuthenticateOnceSafeAsync()).Failure is SessionStoreException)
        {
            await Problem.NoSessionStore.WriteAsync(Context);
            return;
        }

        await Challenge.WriteAsync(Context, ", error=\"invalid_token\"");
    }

    protected override Task HandleForbiddenAsync(AuthenticationProperties properties) => Problem.Forbidden.WriteAsync(Context);

    /// <summary>Null where the key no longer reaches what the session is for, or nobody knows yet what it reaches.</summary>
    private List<Claim>? ClaimsOf(Session session, ApiKey key)
    {
        List<Claim> claims = [.. key.ToClaims()];
        if (session.Accounts is { } accounts)
        {
            if (!reference.IsLoaded || !SessionCredential.Reaches(key, accounts, reference))
            {
                return null;
            }

            claims =
            [
                // What else the key is bound to, hidden fields for instance, binds the session too.
                .. claims.Where(c => c.Type is not (Caller.ScopeClaim or Caller.AccountClaim or Caller.CustomerClaim)),
                new Claim(Caller.ScopeClaim, Scopes.CdrsRead),
                .. accounts.Select(a => new Claim(Caller.AccountClaim, a.ToString(CultureInfo.InvariantCulture))),
            ];
        }

        claims.Add(new Claim(Caller.SessionClaim, session.Id));
        return claims;
    }
}
