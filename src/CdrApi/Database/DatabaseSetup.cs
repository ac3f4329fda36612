using CdrApi.Http;
using Microsoft.Extensions.Options;

namespace CdrApi.Database;

internal static class DatabaseSetup
{
    public static void AddDatabase(this WebApplicationBuilder builder)
    {
        Dapper.DefaultTypeMap.MatchNamesWithUnderscores = true;
        var services = builder.Services;
        services.AddOptions<DatabaseOptions>().BindConfiguration(DatabaseOptions.Section).ValidateOnStart();
        services.AddSingleton<IValidateOptions<DatabaseOptions>, DatabaseOptionsValidator>();
        services.AddOptions<SourceOptions>().BindConfiguration(SourceOptions.Section).ValidateOnStart();
        services.AddSingleton<IValidateOptions<SourceOptions>, SourceOptionsValidator>();
        services.AddSingleton(TimeProvider.System);
        services.AddOptions<LaneOptions>().BindConfiguration(LaneOptions.Section).ValidateOnStart();
        services.AddSingleton<IValidateOptions<LaneOptions>, LaneOptionsValidator>();
        services.AddSingleton<Lanes>();
        services.AddSingleton<Replicas>();
        services.AddSingleton<ReadMetrics>();
        services.AddSingleton<Retry>();
        services.AddSingleton<ReferenceData>();
        services.AddSingleton<IReplicaCheck, ReadOnlyRoleCheck>();
        services.AddSingleton<IReplicaCheck, RowSecurityCheck>();
        services.AddSingleton<IReplicaCheck>(s => s.GetRequiredService<ReferenceData>());
        services.AddSingleton<IHealthCheck>(s => s.GetRequiredService<ReferenceData>());
        services.AddHostedService(s => s.GetRequiredService<ReferenceData>());
        services.AddSingleton<ReplicaChecks>();
        services.AddHostedService(s => s.GetRequiredService<ReplicaChecks>());
        services.AddExceptionHandler<DatabaseProblems>();
    }
}
