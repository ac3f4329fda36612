using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Threading.RateLimiting;
using Microsoft.Extensions.Options;

namespace CdrApi.Security;

/// <summary>
/// What each credential, and each address without a good one, may still ask of this instance. The headers are those of
/// draft-ietf-httpapi-ratelimit-headers.
/// </summary>
internal sealed class Rates(IOptions<RateOptions> options) : IDisposable
{
    private readonly PartitionedRateLimiter<string> _requests = Buckets(options.Value.Burst, options.Value.RequestsPerSecond, TimeSpan.FromSeconds(1));

    private readonly PartitionedRateLimiter<string> _failures =
        Buckets(options.Value.FailedAttemptsPerMinute, options.Value.FailedAttemptsPerMinute, TimeSpan.FromMinutes(1));

    private readonly PartitionedRateLimiter<string> _bulk = PartitionedRateLimiter.Create<string, string>(credential =>
        RateLimitPartition.GetConcurrencyLimiter(credential, _ => new ConcurrencyLimiterOptions { PermitLimit = options.Value.BulkDownloads }));

    /// <summary>Counts a request of a credential, and tells it in the headers how many are left. False: one too many.</summary>
    public bool TryRequest(HttpContext http)
    {
        var credential = CredentialOf(http);
        using var lease = _requests.AttemptAcquire(credential);
        var left = _requests.GetStatistics(credential)?.CurrentAvailablePermits ?? 0;
        var (burst, rate) = (options.Value.Burst, options.Value.RequestsPerSecond);
        http.Response.Headers["RateLimit-Policy"] = string.Create(CultureInfo.InvariantCulture, $"\"requests\";q={burst};w={Seconds(burst, rate)}");
        http.Response.Headers["RateLimit"] = string.Create(CultureInfo.InvariantCulture, $"\"requests\";r={left};t={Seconds(burst - left, rate)}");
        return lease.IsAcquired || Refused(http, 1);
    }

    /// <summary>Takes the place of a download until the response has ended. False: too many are under way.</summary>
    public bool TryBulk(HttpContext http)
    {
        var lease = _bulk.AttemptAcquire(OwnerOf(http));
        http.Response.RegisterForDispose(lease);
        return lease.IsAcquired || Refused(http, 5);
    }

    public bool IsBulk(long rows) => rows > options.Value.BulkRows;

    /// <summary>Counts a request without a good credential. False: one too many.</summary>
    public bool TryFail(HttpContext http)
    {
        using var lease = _failures.AttemptAcquire(NetworkOf(http.Connection.RemoteIpAddress));
        return lease.IsAcquired || Refused(http, Seconds(60, options.Value.FailedAttemptsPerMinute));
    }

    public void Dispose()
    {
        _requests.Dispose();
        _failures.Dispose();
        _bulk.Dispose();
    }

    private static PartitionedRateLimiter<string> Buckets(int burst, int count, TimeSpan period) =>
        PartitionedRateLimiter.Create<string, string>(who => RateLimitPartition.GetTokenBucketLimiter(who, _ => new TokenBucketRateLimiterOptions
        {
            TokenLimit = burst,
            TokensPerPeriod = count,
            ReplenishmentPeriod = period,
        }));

    private static bool Refused(HttpContext http, long seconds)
    {
        http.Response.Headers.RetryAfter = seconds.ToString(CultureInfo.InvariantCulture);
        return false;
    }

    private static long Seconds(long count, int perSecond) => (count + perSecond - 1) / perSecond;

    // Many sessions of a key are still one caller.
    private static string OwnerOf(HttpContext http) =>
        http.User.HasClaim(c => c.Type == Caller.SessionClaim) ? $"{ApiKeyHandler.SchemeName} {http.User.FindFirst(Caller.IdClaim)!.Value}" : CredentialOf(http);

    // A key and a token may have the same id; each session is a credential of its own.
    private static string CredentialOf(HttpContext http) =>
        $"{http.User.Identity!.AuthenticationType} {(http.User.FindFirst(Caller.SessionClaim) ?? http.User.FindFirst(Caller.IdClaim))!.Value}";

    // Who has one IPv6 address has 2^64 of them.
    private static string NetworkOf(IPAddress? address) => address switch
    {
        null => "",
        { IsIPv4MappedToIPv6: true } => address.MapToIPv4().ToString(),
        { AddressFamily: AddressFamily.InterNetworkV6 } => Convert.ToHexString(address.GetAddressBytes().AsSpan(0, 8)),
        _ => address.ToString(),
    };
}
