using CdrApi.Http;
using Microsoft.AspNetCore.Authorization;
using Microsoft.Extensions.Options;

namespace CdrApi.Security;

internal static class RatesSetup
{
    public static void AddRates(this WebApplicationBuilder builder)
    {
        builder.Services.AddOptions<RateOptions>().BindConfiguration(RateOptions.Section).ValidateOnStart();
        builder.Services.AddSingleton<IValidateOptions<RateOptions>, RateOptionsValidator>();
        builder.Services.AddSingleton<Rates>();
    }

    /// <summary>Between authentication, which says whose request it is, and authorization: what is forbidden counts too.</summary>
    public static void UseRates(this WebApplication app)
    {
        var rates = app.Services.GetRequiredService<Rates>();
        app.Use((http, next) =>
            http.User.Identity is { IsAuthenticated: true } && http.GetEndpoint()?.Metadata.GetMetadata<IAuthorizeData>() is not null && !rates.TryRequest(http)
                ? Problem.TooManyRequests.WriteAsync(http)
                : next(http));
    }
}
