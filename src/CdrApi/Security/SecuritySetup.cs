using CdrApi.Database;
using CdrApi.Http;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.JwtBearer;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.HttpOverrides;
using Microsoft.Extensions.Options;
using Microsoft.Net.Http.Headers;

namespace CdrApi.Security;

internal static class SecuritySetup
{
    /// <summary>The policy of every endpoint that answers with CDRs.</summary>
    public const string ReadCdrs = "read CDRs";

    /// <summary>The policy of the endpoints of sessions: a session could else outlive itself.</summary>
    public const string HasKey = "has an API key";

    private const string AnyScheme = "API key, session or token";

    public static void AddSecurity(this WebApplicationBuilder builder)
    {
        builder.Services.AddOptions<SecurityOptions>().BindConfiguration(SecurityOptions.Section).ValidateOnStart()
            .Validate<IOptions<SourceOptions>>(
                (security, source) => source.Value.Accounts.Length > 0 || security.ApiKeys.All(key => key.Customers.Count == 0),
                "Security:ApiKeys names Customers, but Source:Accounts is empty: nobody knows which accounts are theirs.");
        builder.Services.AddSingleton<IValidateOptions<SecurityOptions>, SecurityOptionsValidator>();
        builder.Services.AddSingleton<IValidateOptions<SecurityOptions>, SecurityShape>();
        builder.Services.AddSingleton<ApiKeys>();
        builder.Services.AddSingleton<ConfigurationWatch>();
        builder.Services.AddSingleton<IHealthCheck>(s => s.GetRequiredService<ConfigurationWatch>());
        builder.Services.AddHostedService(s => s.GetRequiredService<ConfigurationWatch>());
        builder.Services.AddExceptionHandler<CredentialProblems>();
        builder.Services.AddOptions<ForwardedHeadersOptions>().Configure<IOptions<SecurityOptions>>((forwarded, security) =>
        {
            forwarded.ForwardedHeaders = ForwardedHeaders.XForwardedFor | ForwardedHeaders.XForwardedProto;
            // Each proxy on the way, from the nearest one on, as long as it is trusted.
            forwarded.ForwardLimit = null;
            forwarded.KnownProxies.Clear();
            forwarded.KnownIPNetworks.Clear();
            security.Value.TrustedProxies.ForEach(n => forwarded.KnownIPNetworks.Add(System.Net.IPNetwork.Parse(n)));
        });
        // Nothing here is encrypted at rest, so no key ring is kept on disk.
        builder.Services.AddDataProtection().UseEphemeralDataProtectionProvider();
        builder.Services.AddAuthentication(AnyScheme)
            .AddPolicyScheme(AnyScheme, null, any => any.ForwardDefaultSelector = SchemeOf)
            .AddScheme<AuthenticationSchemeOptions, ApiKeyHandler>(ApiKeyHandler.SchemeName, null)
            .AddScheme<AuthenticationSchemeOptions, SessionHandler>(SessionHandler.SchemeName, null)
            .AddJwt();
        builder.Services.AddAuthorizationBuilder()
            .AddPolicy(ReadCdrs, policy => policy.RequireAuthenticatedUser()
                .RequireClaim(Caller.ScopeClaim, Scopes.CdrsRead, Scopes.CdrsReadAll))
            .AddPolicy(HasKey, policy => policy.RequireAuthenticatedUser()
                .RequireClaim(Caller.ScopeClaim, Scopes.CdrsRead, Scopes.CdrsReadAll)
                .RequireAssertion(context => context.User.Identity?.AuthenticationType == ApiKeyHandler.SchemeName));
    }

    private static string SchemeOf(HttpContext http) =>
        http.Request.Headers.ContainsKey(ApiKeyHandler.Header) || !http.Request.Headers.ContainsKey(HeaderNames.Authorization)
            ? ApiKeyHandler.SchemeName
            : SessionHandler.TokenOf(http.Request) is not null ? SessionHandler.SchemeName
            : JwtBearerDefaults.AuthenticationScheme;

    /// <summary>The caller's address, as the trusted proxies say it; without any of them, X-Forwarded-For is not read.</summary>
    public static void UseCallersAddress(this WebApplication app)
    {
        // An empty list of known networks would mean: believe everybody.
        if (app.Services.GetRequiredService<IOptions<SecurityOptions>>().Value.TrustedProxies.Count > 0)
        {
            app.UseForwardedHeaders();
        }
    }
}
