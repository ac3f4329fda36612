namespace CdrApi.Http;

/// <summary>
/// What a client may send, and how long it may take for it. How slowly it reads is its own affair: nothing waits for it.
/// </summary>
internal static class Limits
{
    /// <summary>Bytes of a body. The largest is a batch.</summary>
    public const int LargestBody = 1024 * 1024;

    public static void AddLimits(this WebApplicationBuilder builder) => builder.WebHost.ConfigureKestrel(kestrel =>
    {
        kestrel.AddServerHeader = false;
        kestrel.Limits.MaxRequestBodySize = LargestBody;
        kestrel.Limits.MaxRequestLineSize = 16 * 1024;
        kestrel.Limits.MaxRequestHeadersTotalSize = 32 * 1024;
        kestrel.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(10);
        // Longer than a proxy keeps it, so that the proxy never sends on a connection that is closing.
        kestrel.Limits.KeepAliveTimeout = TimeSpan.FromSeconds(130);
    });
}
