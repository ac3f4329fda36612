using Microsoft.Extensions.Hosting.Systemd;

namespace CdrApi.Http;

/// <summary>Under a unit with Type=notify: says when the service listens, and when it stops.</summary>
internal static class Supervisor
{
    public static void AddSupervisor(this WebApplicationBuilder builder)
    {
        // AddSystemd() looks at the parent process, which a hardened unit does not see (ProtectProc=invisible).
        if (!string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NOTIFY_SOCKET")))
        {
            builder.Services.AddSingleton<ISystemdNotifier, SystemdNotifier>();
            builder.Services.AddSingleton<IHostLifetime, SystemdLifetime>();
        }
    }
}
