using System.Globalization;
using System.Text;
using CdrApi.Cdrs;
using CdrApi.Cdrs.Formats;
using CdrApi.Http;

namespace CdrApi.Statistics;

/// <summary>A statistic that has been read. Only JSON has a place for the totals; the headers say in every format what was cut.</summary>
internal sealed class StatisticsAnswer(
    StatisticsQuery query, StatisticsResult result, CdrFormat format, SliceBuffer rows, SliceBuffer totals, IReadOnlyList<string> names) : IResult
{
    public const string Groups = "CDR-Groups";

    public Task ExecuteAsync(HttpContext httpContext)
    {
        var response = httpContext.Response;
        CdrHeaders.Write(response, result.Status);
        response.ContentType = format.ContentType;
        response.Headers[CdrHeaders.Count] = result.Count.ToString(CultureInfo.InvariantCulture);
        response.Headers[Groups] = result.Groups.ToString(CultureInfo.InvariantCulture);
        if (format.IsCsv)
        {
            response.Headers.ContentDisposition = "attachment; filename=\"cdr-statistics.csv\"";
        }

        return HttpMethods.IsHead(httpContext.Request.Method)
            ? Task.CompletedTask
            : StreamedBody.SendAsync(httpContext, body => SendAsync(body, httpContext.RequestAborted), () => result.Count);
    }

    private async Task SendAsync(Stream body, CancellationToken cancellation)
    {
        if (!format.IsJson)
        {
            await body.WriteAsync(format.Header(names), cancellation);
            await rows.SendAsync(body, 0, cancellation);
            return;
        }

        await body.WriteAsync("{\"data\":["u8.ToArray(), cancellation);
        // Each object of JSON is written with a comma before it: the first one's is not sent.
        await rows.SendAsync(body, result.Count > 0 ? 1 : 0, cancellation);
        await body.WriteAsync("],\"totals\":"u8.ToArray(), cancellation);
        await totals.SendAsync(body, 1, cancellation);
        await body.WriteAsync(Encoding.UTF8.GetBytes(Tail()), cancellation);
    }

    private string Tail()
    {
        var asOf = result.Status.AsOf is { } moment ? $"\"{Rfc3339.Format(moment)}\"" : "null";
        return string.Create(CultureInfo.InvariantCulture,
            $",\"count\":{result.Count},\"groups\":{result.Groups},\"limit\":{query.Limit},\"as_of\":{asOf}}}");
    }
}
