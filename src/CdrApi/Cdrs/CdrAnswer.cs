using CdrApi.Cdrs.Formats;
using CdrApi.Database;
using Serilog;

namespace CdrApi.Cdrs;

/// <summary>
/// A list, sent slice by slice while the next one is read. Its first slice was read before this was made, so that
/// what fails early is a problem document; what fails later aborts the connection, since a body that ends properly
/// is complete.
/// </summary>
internal sealed partial class CdrAnswer(CdrWalk walk, CdrRequest request, CdrFormat format, SliceBuffer first) : IResult
{
    public async Task ExecuteAsync(HttpContext httpContext)
    {
        var log = httpContext.RequestServices.GetRequiredService<IDiagnosticContext>();
        CdrHeaders.Write(httpContext, walk, request, format);
        if (HttpMethods.IsHead(httpContext.Request.Method))
        {
            first.Dispose();
            return;
        }

        try
        {
            await SendAsync(httpContext);
            log.Set("Outcome", "complete");
        }
        catch (Exception e)
        {
            var left = httpContext.RequestAborted.IsCancellationRequested
                && !httpContext.RequestServices.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping.IsCancellationRequested;
            log.Set("Outcome", left ? "client left" : "aborted");
            if (!left)
            {
                var logger = httpContext.RequestServices.GetRequiredService<ILogger<CdrAnswer>>();
                Log.Aborted(logger, SqlErrors.IsRetryable(e) || SqlErrors.IsQueryTimeout(e) ? null : e, walk.Count, SqlErrors.Cause(e));
            }

            httpContext.Abort();
        }
        finally
        {
            log.Set("Rows", walk.Count);
        }
    }

    private async Task SendAsync(HttpContext http)
    {
        var body = http.Response.Body;
        var head = format.IsJson ? CdrDocument.Head(walk) : format.Header(request.Query.Selection.Fields.Select(f => f.Source.Field.Name));
        await body.WriteAsync(head, http.RequestAborted);
        await CdrStream.SendAsync(walk, first, body, hasLeadingComma: format.IsJson, http.RequestAborted);
        if (format.IsJson)
        {
            await body.WriteAsync(CdrDocument.Tail(walk, request), http.RequestAborted);
        }
        else
        {
            CdrHeaders.WriteTrailers(http.Response, walk, request);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(LogLevel.Error, "A download was aborted after {Rows} rows ({Cause})")]
        public static partial void Aborted(Microsoft.Extensions.Logging.ILogger logger, Exception? bug, int rows, string cause);
    }
}
