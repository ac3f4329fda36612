using CdrApi.Database;
using CdrApi.Http;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.JwtBearer;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace CdrApi.Security;

/// <summary>Tokens of an identity provider, checked as RFC 8725 says.</summary>
internal static partial class JwtSetup
{
    private const int LargestToken = 16 * 1024;

    public static void AddJwt(this AuthenticationBuilder authentication)
    {
        authentication.AddJwtBearer();
        authentication.Services.AddOptions<JwtBearerOptions>(JwtBearerDefaults.AuthenticationScheme)
            .Configure<IOptions<SecurityOptions>>((bearer, security) => Configure(bearer, security.Value.Jwt))
            .PostConfigure(bearer =>
            {
                if (bearer.ConfigurationManager is BaseConfigurationManager issuer)
                {
                    // Else a key that the issuer withdrew would go on for an hour.
                    issuer.UseLastKnownGoodConfiguration = false;
                }
            });
    }

    private static void Configure(JwtBearerOptions bearer, JwtOptions jwt)
    {
        bearer.MapInboundClaims = false;
        bearer.TokenHandlers.Clear();
        bearer.TokenHandlers.Add(new JsonWebTokenHandler { MapInboundClaims = false, MaximumTokenSizeInBytes = LargestToken });
        if (jwt.Authority.Length > 0)
        {
            bearer.Authority = jwt.Authority;
            bearer.RequireHttpsMetadata = !new Uri(jwt.Authority).IsLoopback;
            bearer.AutomaticRefreshInterval = BaseConfigurationManager.MinimumAutomaticRefreshInterval;
            bearer.RefreshInterval = jwt.KeyRefresh;
            bearer.BackchannelTimeout = TimeSpan.FromSeconds(10);
        }

        var rules = bearer.TokenValidationParameters;
        rules.ValidAudience = jwt.Audience;
        rules.ValidIssuer = jwt.Issuer.Length > 0 ? jwt.Issuer : null;
        rules.ValidAlgorithms = jwt.AcceptedAlgorithms;
        rules.IssuerSigningKeys = jwt.IsConfigured ? [.. jwt.PublicKeys.Select(key => key.ToKey())] : [];
        rules.ClockSkew = jwt.ClockSkew;
        // A token names its key: no trial of every key there is.
        rules.TryAllIssuerSigningKeys = false;
        bearer.Events = new JwtBearerEvents
        {
            OnTokenValidated = context =>
            {
                var fault = JwtShape.FaultOf((JsonWebToken)context.SecurityToken);
                if (fault is null && JwtClaims.Map(context.Principal!, NamesAccounts(context.SecurityToken, jwt), jwt, out fault) is { } caller)
                {
                    context.Principal = caller;
                    context.HttpContext.Features.Set<ICredential>(new TokenCredential(
                        new DateTimeOffset(context.SecurityToken.ValidTo, TimeSpan.Zero), jwt.ClockSkew, context.HttpContext.RequestServices.GetRequiredService<TimeProvider>()));
                }
                else
                {
                    Log.Refused(LoggerOf(context.HttpContext), fault!);
                    context.Fail("The token means nothing here.");
                }

                return Task.CompletedTask;
            },
            OnAuthenticationFailed = context =>
            {
                // By its kind: the texts of these exceptions quote the token.
                Log.Refused(LoggerOf(context.HttpContext), context.Exception.GetType().Name);
                return Task.CompletedTask;
            },
            OnChallenge = context =>
            {
                context.HandleResponse();
                return ChallengeAsync(context);
            },
            OnForbidden = context => Problem.Forbidden.WriteAsync(context.HttpContext),
        };
    }

    private static bool NamesAccounts(SecurityToken token, JwtOptions jwt) => token is JsonWebToken read
        && (read.TryGetPayloadValue<object>(jwt.AccountClaim, out _) || read.TryGetPayloadValue<object>(jwt.CustomerClaim, out _));

    private static async Task ChallengeAsync(JwtBearerChallengeContext context)
    {
        var cancellation = context.HttpContext.RequestAborted;
        if (context.AuthenticateFailure is not null && context.Options.ConfigurationManager is { } issuer)
        {
            try
            {
                await issuer.GetConfigurationAsync(cancellation);
            }
            catch (Exception e) when (!cancellation.IsCancellationRequested)
            {
                // The token may be good: nobody could tell.
                Log.NoKeys(LoggerOf(context.HttpContext), e.GetType().Name);
                await Problem.NoAuthority.WriteAsync(context.HttpContext);
                return;
            }
        }

        await Challenge.WriteAsync(context.HttpContext, context.AuthenticateFailure is null ? "" : ", error=\"invalid_token\"");
    }

    private static ILogger LoggerOf(HttpContext http) => http.RequestServices.GetRequiredService<ILogger<JwtBearerEvents>>();

    private static partial class Log
    {
        [LoggerMessage(LogLevel.Warning, "A bearer token was refused: {Reason}")]
        public static partial void Refused(ILogger logger, string reason);

        [LoggerMessage(LogLevel.Error, "The keys of Security:Jwt:Authority cannot be read, so no token can be checked: {Cause}")]
        public static partial void NoKeys(ILogger logger, string cause);
    }
}
