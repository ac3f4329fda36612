using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Options;

namespace CdrApi.Http;

/// <summary>How slow a client may be. Section <c>Limits</c>; read at start.</summary>
public sealed class LimitOptions
{
    public const string Section = "Limits";

    /// <summary>
    /// Bytes a second that a request's body must bring; else 408. 0 = none, to 1,000,000; default 240. The first 5 seconds do not count.
    /// </summary>
    public double MinRequestRate { get; set; } = 240;

    /// <summary>
    /// Bytes a second of an answer that its client must take, on average since its beginning; else the connection is ended. 0 = none, to
    /// 1,000,000; default 240. The first 5 seconds do not count.
    /// </summary>
    public double MinResponseRate { get; set; } = 240;

    /// <summary>
    /// How long a client may take nothing, whatever it took before, until the connection is ended and with it what the answer holds: two
    /// slices, and 512 KB of what was written. 1 second to 1 hour, default 5 minutes.
    /// </summary>
    public TimeSpan SendTimeout { get; set; } = TimeSpan.FromMinutes(5);
}

/// <summary>What a client may send, and how long it may take for it and for the answer.</summary>
internal static class Limits
{
    /// <summary>Bytes of a body. The largest is a batch.</summary>
    public const int LargestBody = 1024 * 1024;

    /// <summary>
    /// Bytes of an answer that wait in Kestrel for the socket: the default of 64 KB is one write of a download, whose end each next one would
    /// await, at a change of threads each.
    /// </summary>
    private const long LargestUnsent = 512 * 1024;

    private const double HighestRate = 1_000_000;
    private static readonly TimeSpan RateGrace = TimeSpan.FromSeconds(5);

    public static void AddLimits(this WebApplicationBuilder builder)
    {
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxResponseBufferSize = LargestUnsent;
            kestrel.Limits.MaxRequestBodySize = LargestBody;
            kestrel.Limits.MaxRequestLineSize = 16 * 1024;
            kestrel.Limits.MaxRequestHeadersTotalSize = 32 * 1024;
            kestrel.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(10);
            // Longer than a proxy keeps it, so that the proxy never sends on a connection that is closing.
            kestrel.Limits.KeepAliveTimeout = TimeSpan.FromSeconds(130);
        });
        // A request goes on where its bytes were read, and its answer is sent where it was made: each hop to another thread wakes one.
        builder.Services.Configure<SocketTransportOptions>(sockets => sockets.UnsafePreferInlineScheduling = true);
        builder.Services.AddOptions<LimitOptions>().BindConfiguration(LimitOptions.Section).ValidateOnStart()
            .Validate(o => o.MinRequestRate is >= 0 and <= HighestRate, "Limits:MinRequestRate must be 0 to 1,000,000 bytes a second.")
            .Validate(o => o.MinResponseRate is >= 0 and <= HighestRate, "Limits:MinResponseRate must be 0 to 1,000,000 bytes a second.")
            .Validate(o => o.SendTimeout >= TimeSpan.FromSeconds(1) && o.SendTimeout <= TimeSpan.FromHours(1), "Limits:SendTimeout must be 1 second to 1 hour.");
        builder.Services.AddOptions<KestrelServerOptions>().Configure<IOptions<LimitOptions>>((kestrel, limits) =>
        {
            kestrel.Limits.MinRequestBodyDataRate = Rate(limits.Value.MinRequestRate);
            kestrel.Limits.MinResponseDataRate = Rate(limits.Value.MinResponseRate);
        });
    }

    private static MinDataRate? Rate(double bytesPerSecond) => bytesPerSecond == 0 ? null : new MinDataRate(bytesPerSecond, RateGrace);
}
