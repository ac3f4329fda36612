using CdrApi.Database;
using CdrApi.Http;
using CdrApi.Security;
using Microsoft.Extensions.Options;
using Swashbuckle.AspNetCore.SwaggerGen;

namespace CdrApi.Cdrs;

internal static class CdrSetup
{
    public static void AddCdrs(this WebApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddOptions<CdrOptions>().BindConfiguration(CdrOptions.Section).ValidateOnStart();
        services.AddSingleton<IValidateOptions<CdrOptions>, CdrOptionsValidator>();
        services.AddSingleton<IValidateOptions<SecurityOptions>, CdrFieldRules>();
        services.AddSingleton<CdrSourceCheck>();
        services.AddSingleton<IReplicaCheck>(s => s.GetRequiredService<CdrSourceCheck>());
        services.AddSingleton<RepeatedIdsCheck>();
        services.AddSingleton<IHealthCheck>(s => s.GetRequiredService<RepeatedIdsCheck>());
        services.AddHostedService(s => s.GetRequiredService<RepeatedIdsCheck>());
        services.AddSingleton<TimeZoneCheck>();
        services.AddSingleton<IReplicaCheck>(s => s.GetRequiredService<TimeZoneCheck>());
        services.AddSingleton<CdrRanges>();
        services.AddSingleton<CdrMetrics>();
        services.AddSingleton<CdrSlices>();
        services.AddSingleton<CdrLists>();
        services.AddSingleton<CdrOpenApi>();
        services.Configure<SwaggerGenOptions>(swagger => swagger.OperationFilter<CdrOpenApi>());
        services.Configure<SwaggerGenOptions>(swagger => swagger.DocumentFilter<CdrSchemas>());
    }
}
