using CdrApi.Database;
using Microsoft.Extensions.Options;

namespace CdrApi.Replication;

internal static class ReplicationSetup
{
    public static void AddReplication(this WebApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddOptions<ReplicaOptions>().BindConfiguration(ReplicaOptions.Section).ValidateOnStart();
        services.AddSingleton<IValidateOptions<ReplicaOptions>, ReplicaOptionsValidator>();
        services.AddSingleton<IStartupCheck, StandbyCheck>();
        services.AddSingleton<ReplicaMonitor>();
        services.AddHostedService(s => s.GetRequiredService<ReplicaMonitor>());
        services.AddSingleton<HealthChecks>();
    }
}
