using System.Globalization;
using CdrApi.Cdrs.Formats;
using CdrApi.Http;
using CdrApi.Replication;
using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;

namespace CdrApi.Cdrs;

/// <summary>What an answer says of itself outside its body.</summary>
internal static class CdrHeaders
{
    public const string AsOf = "CDR-As-Of";
    public const string Lag = "CDR-Replication-Lag";
    public const string Total = "CDR-Total";
    public const string Count = "CDR-Count";
    public const string NextCursor = "CDR-Next-Cursor";

    /// <summary>How fresh the answer is.</summary>
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

    /// <summary>How long the standby took until the first byte could be sent, with all that was waited for.</summary>
    public static void WriteTiming(HttpResponse response, TimeSpan read) =>
        response.Headers["Server-Timing"] = string.Create(CultureInfo.InvariantCulture, $"read;dur={read.TotalMilliseconds:0.#}");

    /// <summary>All of a list.</summary>
    public static void Write(HttpContext http, CdrWalk walk, CdrRequest request, CdrFormat format)
    {
        var response = http.Response;
        Write(response, walk.Freshness!);
        WriteTiming(response, walk.FirstSliceTime);
        response.ContentType = format.ContentType;
        if (walk.Total is { } total)
        {
            response.Headers[Total] = total.ToString(CultureInfo.InvariantCulture);
        }

        if (walk.Complete && CdrDocument.NextCursor(walk, request) is { } cursor)
        {
            response.Headers[HeaderNames.Link] = $"<{NextPage(http.Request, cursor)}>; rel=\"next\"";
        }

        if (format.IsCsv)
        {
            response.Headers.ContentDisposition = $"attachment; filename=\"{FileName(http.Request)}\"";
        }

        if (!format.IsJson && response.SupportsTrailers())
        {
            response.DeclareTrailer(Count);
            response.DeclareTrailer(NextCursor);
        }
    }

    /// <summary>For formats whose body has no end of its own; no next cursor where nothing is left.</summary>
    public static void WriteTrailers(HttpResponse response, CdrWalk walk, CdrRequest request)
    {
        if (!response.SupportsTrailers())
        {
            return;
        }

        response.AppendTrailer(Count, walk.Count.ToString(CultureInfo.InvariantCulture));
        if (CdrDocument.NextCursor(walk, request) is { } cursor)
        {
            response.AppendTrailer(NextCursor, cursor);
        }
    }

    // Without offset, which the cursor has passed.
    private static string NextPage(HttpRequest request, string cursor) =>
        request.PathBase + request.Path + QueryString.Create(request.Query
            .Where(p => p.Key is not (CdrParameters.Cursor or CdrParameters.Offset))
            .Append(KeyValuePair.Create(CdrParameters.Cursor, new StringValues(cursor))));

    /// <summary>cdrs-account-14-2026-11-01-2026-12-01.csv, as far as the request says so.</summary>
    private static string FileName(HttpRequest request)
    {
        var account = request.RouteValues[CdrParameters.Account] is { } id ? $"-account-{id}" : "";
        var dates = string.Concat(new[] { CdrParameters.StartDate, CdrParameters.EndDate }
            .Select(name => Rfc3339.TryParse(request.Query[name].ToString(), out WrittenTime date) ? date.Value.ToString("'-'yyyy-MM-dd", CultureInfo.InvariantCulture) : ""));
        return $"cdrs{account}{dates}.csv";
    }
}
