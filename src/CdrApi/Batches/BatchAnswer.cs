using System.Globalization;
using System.Text;
using System.Text.Json;
using CdrApi.Cdrs;
using CdrApi.Cdrs.Formats;
using CdrApi.Database;
using CdrApi.Http;
using CdrApi.Replication;
using CdrApi.Security;
using Microsoft.AspNetCore.Http.Json;
using Microsoft.Extensions.Options;

namespace CdrApi.Batches;

/// <summary>
/// The results of a batch, in the order asked. While one is sent, the first slices of the next few are read: so
/// small queries run side by side, and large ones hold no more memory than as many downloads.
/// </summary>
internal sealed partial class BatchAnswer(
    IReadOnlyList<BatchQuery> queries, Caller caller, CdrLists lists, ReplicaStatus freshness, int parallelism, ILogger logger) : IResult
{
    private long _rows;
    private CdrWalk? _sending;

    public Task ExecuteAsync(HttpContext httpContext)
    {
        CdrHeaders.Write(httpContext.Response, freshness);
        httpContext.Response.ContentType = CdrFormat.JsonType;
        return StreamedBody.SendAsync(httpContext, body => SendAsync(httpContext, body), () => _rows + (_sending?.HandedOn ?? 0));
    }

    private async Task SendAsync(HttpContext http, Stream body)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted);
        var started = new Queue<Task<Started>>();
        var next = 0;
        try
        {
            await body.WriteAsync("{\"results\":["u8.ToArray(), stop.Token);
            for (var i = 0; i < queries.Count; i++)
            {
                while (next < queries.Count && started.Count < parallelism)
                {
                    started.Enqueue(StartAsync(http, queries[next++], stop.Token));
                }

                await SendResultAsync(http, i, await started.Peek(), body, stop.Token);
                _ = started.Dequeue();
            }

            await body.WriteAsync("]}"u8.ToArray(), stop.Token);
        }
        finally
        {
            await stop.CancelAsync();
            foreach (var task in started)
            {
                await ((Task)task).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                if (task.IsCompletedSuccessfully)
                {
                    (await task).First?.Dispose();
                }
            }
        }
    }

    private async Task SendResultAsync(HttpContext http, int index, Started result, Stream body, CancellationToken cancellation)
    {
        var json = http.RequestServices.GetRequiredService<IOptions<JsonOptions>>().Value.SerializerOptions;
        var head = $"{(index == 0 ? "" : ",")}{{\"id\":{JsonSerializer.Serialize(queries[index].Id, json)},\"status\":";
        if (result.Refusal is { } refusal)
        {
            var problem = JsonSerializer.Serialize(refusal.Problem.ToDocument(http, refusal.Errors), json);
            await body.WriteAsync(Encoding.UTF8.GetBytes(
                string.Create(CultureInfo.InvariantCulture, $"{head}{refusal.Problem.Status},\"problem\":{problem}}}")), cancellation);
            return;
        }

        var (walk, request) = (result.Walk!, result.Request!);
        _sending = walk;
        await body.WriteAsync(Encoding.UTF8.GetBytes($"{head}200,{CdrDocument.Members(walk)}"), cancellation);
        await CdrStream.SendAsync(walk, result.First!, body, hasLeadingComma: true, cancellation);
        await body.WriteAsync(CdrDocument.Tail(walk, request), cancellation);
        (_rows, _sending) = (_rows + walk.HandedOn, null);
    }

    private async Task<Started> StartAsync(HttpContext http, BatchQuery query, CancellationToken cancellation)
    {
        try
        {
            var source = lists.SourceOf(caller);
            var (walk, request, first, refusal) = await lists.StartAsync(query.ToReader(source), caller, source, cancellation);
            return new Started(walk, request, first, refusal);
        }
        catch (Exception e) when (!cancellation.IsCancellationRequested && e is not (CredentialEndedException or CredentialUnknownException))
        {
            var problem = DatabaseProblems.Of(e) ?? Problem.Internal;
            Log.QueryFailed(logger, DatabaseProblems.Of(e) is null ? e : null, problem.Slug, SqlErrors.Cause(e));
            return new Started(null, null, null, new Refusal(problem));
        }
    }

    private sealed record Started(CdrWalk? Walk, CdrRequest? Request, SliceBuffer? First, Refusal? Refusal);

    private static partial class Log
    {
        [LoggerMessage(LogLevel.Warning, "A query of a batch failed: {Problem} ({Cause})")]
        public static partial void QueryFailed(ILogger logger, Exception? bug, string problem, string cause);
    }
}
