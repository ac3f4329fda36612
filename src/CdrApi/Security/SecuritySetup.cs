using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.Extensions.Options;

namespace CdrApi.Security;

internal static class SecuritySetup
{
    /// <summary>The policy of every endpoint that answers with CDRs.</summary>
    public const string ReadCdrs = "read CDRs";

    public static void AddSecurity(this WebApplicationBuilder builder)
    {
        builder.Services.AddOptions<SecurityOptions>().BindConfiguration(SecurityOptions.Section).ValidateOnStart();
        builder.Services.AddSingleton<IValidateOptions<SecurityOptions>, SecurityOptionsValidator>();
        builder.Services.AddSingleton<ApiKeys>();
        // Nothing here is encrypted at rest, so no key ring is kept on disk.
        builder.Services.AddDataProtection().UseEphemeralDataProtectionProvider();
        builder.Services.AddAuthentication(ApiKeyHandler.SchemeName)
            .AddScheme<AuthenticationSchemeOptions, ApiKeyHandler>(ApiKeyHandler.SchemeName, null);
        builder.Services.AddAuthorizationBuilder()
            .AddPolicy(ReadCdrs, policy => policy.RequireAuthenticatedUser()
                .RequireClaim(Caller.ScopeClaim, Scopes.CdrsRead, Scopes.CdrsReadAll));
    }
}
