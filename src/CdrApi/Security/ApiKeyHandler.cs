using System.Security.Claims;
using System.Text.Encodings.Web;
using CdrApi.Database;
using CdrApi.Http;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Options;

namespace CdrApi.Security;

/// <summary>Authenticates by the X-API-Key header.</summary>
internal sealed class ApiKeyHandler(
    ApiKeys keys, IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory logger, UrlEncoder encoder)
    : AuthenticationHandler<AuthenticationSchemeOptions>(options, logger, encoder)
{
    public const string SchemeName = "ApiKey";
    public const string Header = "X-API-Key";

    protected override Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        var values = Request.Headers[Header];
        if (values.Count == 0)
        {
            return Task.FromResult(AuthenticateResult.NoResult());
        }

        // With two credentials it would be chance which one counts.
        if (values.Count > 1 || Request.Headers.Authorization.Any(a => a?.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase) == true)
            || keys.Find(values.ToString(), Context.Connection.RemoteIpAddress) is not { } key)
        {
            return Task.FromResult(AuthenticateResult.Fail("Unknown API key."));
        }

        Context.Features.Set(key);
        Context.Features.Set<ICredential>(new KeyCredential(keys, key, Context.Connection.RemoteIpAddress));
        var principal = new ClaimsPrincipal(new ClaimsIdentity(key.ToClaims(), SchemeName));
        return Task.FromResult(AuthenticateResult.Success(new AuthenticationTicket(principal, SchemeName)));
    }

    protected override Task HandleChallengeAsync(AuthenticationProperties properties) =>
        Challenge.WriteAsync(Context);

    protected override Task HandleForbiddenAsync(AuthenticationProperties properties) => Problem.Forbidden.WriteAsync(Context);
}
