using Microsoft.Extensions.Options;

namespace CdrApi.Http;

/// <summary>How the service stops. Section <c>Shutdown</c>; read at start.</summary>
public sealed class ShutdownOptions
{
    public const string Section = "Shutdown";

    /// <summary>
    /// How long requests under way may take to end after SIGTERM; then they are aborted. 0 to 15 minutes, default 30 seconds. A supervisor must
    /// wait longer before it kills.
    /// </summary>
    public TimeSpan Grace { get; set; } = TimeSpan.FromSeconds(30);
}

internal static class Shutdown
{
    public static void AddShutdown(this WebApplicationBuilder builder)
    {
        builder.Services.AddOptions<ShutdownOptions>().BindConfiguration(ShutdownOptions.Section).ValidateOnStart()
            .Validate(options => options.Grace >= TimeSpan.Zero && options.Grace <= TimeSpan.FromMinutes(15), "Shutdown:Grace must be 0 to 15 minutes.");
        builder.Services.AddOptions<HostOptions>().Configure<IOptions<ShutdownOptions>>((host, shutdown) => host.ShutdownTimeout = shutdown.Value.Grace);
    }
}
