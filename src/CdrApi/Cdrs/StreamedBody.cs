using System.Diagnostics;
using CdrApi.Database;
using CdrApi.Http;
using CdrApi.Security;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Options;

namespace CdrApi.Cdrs;

/// <summary>
/// A body that is sent while it is made. What fails aborts the connection, since a body that ends properly is complete.
/// </summary>
internal static partial class StreamedBody
{
    /// <param name="http">Whose body it is.</param>
    /// <param name="send">Sends all of it.</param>
    /// <param name="rows">How many rows were read so far, for the audit.</param>
    public static async Task SendAsync(HttpContext http, Func<Stream, Task> send, Func<long> rows)
    {
        var audit = AuditRecord.Of(http);
        var services = http.RequestServices;
        await using var body = new AnswerStream(
            http.Response, services.GetRequiredService<IOptions<LimitOptions>>().Value.SendTimeout, services.GetRequiredService<TimeProvider>());
        await using var watch = new CredentialWatch(http.Features.GetRequiredFeature<ICredential>(), http.Abort, services.GetRequiredService<TimeProvider>());
        try
        {
            await send(body);
            watch.EnsureHolds();
            body.End();
            audit.Outcome = "complete";
        }
        catch (Exception e)
        {
            var ended = e is CredentialEndedException || watch.HasEnded;
            var left = !ended && http.RequestAborted.IsCancellationRequested
                && !services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping.IsCancellationRequested;
            audit.Outcome = left ? "client left" : ended ? "withdrawn" : "aborted";
            if (ended)
            {
                Log.Withdrawn(LoggerOf(services), rows());
            }
            else if (!left)
            {
                // Its status was 200.
                Activity.Current?.SetStatus(ActivityStatusCode.Error, "aborted");
                Log.Aborted(LoggerOf(services), DatabaseProblems.Of(e) is null && e is not CredentialUnknownException ? e : null, rows(), SqlErrors.Cause(e));
            }

            http.Abort();
        }
        finally
        {
            (audit.Rows, audit.Bytes) = (rows(), body.Count);
            services.GetRequiredService<CdrMetrics>().Answered(audit.Outcome!, audit.Rows, audit.Bytes);
        }
    }

    private static ILogger LoggerOf(IServiceProvider services) => services.GetRequiredService<ILoggerFactory>().CreateLogger(typeof(StreamedBody));

    private static partial class Log
    {
        [LoggerMessage(LogLevel.Warning, "A download was aborted after {Rows} rows, since its credential was withdrawn or has expired")]
        public static partial void Withdrawn(ILogger logger, long rows);

        [LoggerMessage(LogLevel.Error, "A download was aborted after {Rows} rows ({Cause})")]
        public static partial void Aborted(ILogger logger, Exception? bug, long rows, string cause);
    }
}
