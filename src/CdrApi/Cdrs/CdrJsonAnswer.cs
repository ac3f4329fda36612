using System.Globalization;
using System.Text;
using CdrApi.Database;
using CdrApi.Http;
using Serilog;

namespace CdrApi.Cdrs;

/// <summary>
/// A list as one JSON document, sent slice by slice while the next one is read. Its first slice was read before
/// this was made, so that what fails early is a problem document; what fails later aborts the connection, since
/// a body that ends properly is complete.
/// </summary>
internal sealed partial class CdrJsonAnswer(
    CdrWalk walk, CdrQuery query, SliceBuffer first) : IResult
{
    public async Task ExecuteAsync(HttpContext httpContext)
    {
        var log = httpContext.RequestServices.GetRequiredService<IDiagnosticContext>();
        var cancellation = httpContext.RequestAborted;
        var sending = first;
        var reading = new SliceBuffer();
        Task? next = null;
        CdrHeaders.Write(httpContext.Response, walk.Freshness!);
        httpContext.Response.ContentType = "application/json";
        try
        {
            var body = httpContext.Response.Body;
            await body.WriteAsync("{\"data\":["u8.ToArray(), cancellation);
            // The rows' first comma is not sent.
            var skip = walk.Count > 0 ? 1 : 0;
            while (true)
            {
                next = walk.Complete ? null : walk.ReadAsync(reading, cancellation);
                if (next is null)
                {
                    sending.Write(Encoding.UTF8.GetBytes(Tail()));
                }

                await sending.SendAsync(body, skip, cancellation);
                skip = 0;
                if (next is null)
                {
                    break;
                }

                await next;
                sending.Clear();
                (sending, reading) = (reading, sending);
            }

            log.Set("Outcome", "complete");
        }
        catch (Exception e)
        {
            var left = httpContext.RequestAborted.IsCancellationRequested
                && !httpContext.RequestServices.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping.IsCancellationRequested;
            log.Set("Outcome", left ? "client left" : "aborted");
            if (!left)
            {
                var logger = httpContext.RequestServices.GetRequiredService<ILogger<CdrJsonAnswer>>();
                Log.Aborted(logger, SqlErrors.IsRetryable(e) || SqlErrors.IsQueryTimeout(e) ? null : e, walk.Count, SqlErrors.Cause(e));
            }

            httpContext.Abort();
        }
        finally
        {
            if (next is not null)
            {
                // Its connection must be back before its buffer is.
                await next.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }

            log.Set("Rows", walk.Count);
            sending.Dispose();
            reading.Dispose();
        }
    }

    private string Tail()
    {
        var cursor = walk is { More: true, Last: { } last } ? $"\"{CdrCursor.Write(last, query.Order, query.Filter)}\"" : "null";
        var asOf = walk.AsOf is { } moment ? $"\"{Rfc3339.Format(moment)}\"" : "null";
        return string.Create(CultureInfo.InvariantCulture,
            $"],\"count\":{walk.Count},\"limit\":{walk.Limit},\"next_cursor\":{cursor},\"as_of\":{asOf}}}");
    }

    private static partial class Log
    {
        [LoggerMessage(LogLevel.Error, "A download was aborted after {Rows} rows ({Cause})")]
        public static partial void Aborted(Microsoft.Extensions.Logging.ILogger logger, Exception? bug, int rows, string cause);
    }
}
