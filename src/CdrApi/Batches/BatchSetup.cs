using Microsoft.Extensions.Options;
using Swashbuckle.AspNetCore.SwaggerGen;

namespace CdrApi.Batches;

internal static class BatchSetup
{
    public static void AddBatches(this WebApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddOptions<BatchOptions>().BindConfiguration(BatchOptions.Section).ValidateOnStart();
        services.AddSingleton<IValidateOptions<BatchOptions>, BatchOptionsValidator>();
        services.Configure<SwaggerGenOptions>(swagger => swagger.OperationFilter<BatchOpenApi>());
        services.Configure<SwaggerGenOptions>(swagger => swagger.DocumentFilter<BatchSchemas>());
    }
}
