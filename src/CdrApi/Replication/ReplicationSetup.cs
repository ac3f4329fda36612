using CdrApi.Database;
using CdrApi.Http;
using Microsoft.Extensions.Options;

namespace CdrApi.Replication;

internal static class ReplicationSetup
{
    public static void AddReplication(this WebApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddOptions<ReplicaOptions>().BindConfiguration(ReplicaOptions.Section).ValidateOnStart();
        services.AddSingleton<IValidateOptions<ReplicaOptions>, ReplicaOptionsValidator>();
        // First: of an older server the other checks would say something misleading.
        services.AddSingleton<IReplicaCheck, ServerVersionCheck>();
        services.AddSingleton<IReplicaCheck, StandbyCheck>();
        services.AddSingleton<ReplicaMonitor>();
        services.AddHostedService(s => s.GetRequiredService<ReplicaMonitor>());
        services.AddSingleton<IHealthCheck, ReplicaHealth>();
        services.AddSingleton<IHealthCheck, LagHealth>();
        services.AddSingleton<IHealthCheck, ClockHealth>();
        services.AddSingleton<IHealthCheck, PoolHealth>();
        services.AddSingleton<ReplicaReadiness>();
    }
}
