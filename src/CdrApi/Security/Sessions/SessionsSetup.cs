using Microsoft.Extensions.Options;
using Swashbuckle.AspNetCore.SwaggerGen;

namespace CdrApi.Security;

internal static class SessionsSetup
{
    public static void AddSessions(this WebApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddOptions<SessionOptions>().BindConfiguration(SessionOptions.Section).ValidateOnStart();
        services.AddSingleton<IValidateOptions<SessionOptions>, SessionOptionsValidator>();
        services.AddSingleton<Sessions>();
        services.AddSingleton<ISessionStore>(provider => provider.GetRequiredService<IOptions<SessionOptions>>().Value.Redis.Length > 0
            ? ActivatorUtilities.CreateInstance<RedisSessionStore>(provider)
            : ActivatorUtilities.CreateInstance<InProcessSessionStore>(provider));
        services.AddExceptionHandler<SessionProblems>();
        services.Configure<SwaggerGenOptions>(swagger => swagger.OperationFilter<SessionOpenApi>());
    }
}
