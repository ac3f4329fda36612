using Microsoft.Extensions.Options;
using Swashbuckle.AspNetCore.SwaggerGen;

namespace CdrApi.Statistics;

internal static class StatisticsSetup
{
    public static void AddStatistics(this WebApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddOptions<StatisticsOptions>().BindConfiguration(StatisticsOptions.Section).ValidateOnStart();
        services.AddSingleton<IValidateOptions<StatisticsOptions>, StatisticsOptionsValidator>();
        services.AddSingleton<StatisticsSlices>();
        services.AddSingleton<StatisticsAnswers>();
        services.Configure<SwaggerGenOptions>(swagger => swagger.OperationFilter<StatisticsOpenApi>());
        services.Configure<SwaggerGenOptions>(swagger => swagger.DocumentFilter<StatisticsSchemas>());
    }
}
