using System.Globalization;
using CdrApi.Http;
using CdrApi.Replication;

namespace CdrApi.Cdrs;

/// <summary>How fresh an answer is.</summary>
internal static class CdrHeaders
{
    public const string AsOf = "CDR-As-Of";
    public const string Lag = "CDR-Replication-Lag";

    public static void Write(HttpResponse response, ReplicaStatus replica)
    {
        if (replica.AsOf is { } moment)
        {
            response.Headers[AsOf] = Rfc3339.Format(moment);
        }

        if (replica.LagSeconds is { } lag)
        {
            response.Headers[Lag] = lag.ToString("0.###", CultureInfo.InvariantCulture);
        }
    }
}
