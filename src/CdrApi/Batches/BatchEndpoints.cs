using CdrApi.Cdrs;
using CdrApi.Database;
using CdrApi.Http;
using CdrApi.Replication;
using CdrApi.Security;
using Microsoft.Extensions.Options;

namespace CdrApi.Batches;

internal static class BatchEndpoints
{
    public static void MapBatches(this IEndpointRouteBuilder routes) =>
        routes.MapGroup("").WithTags("CDRs").RequireAuthorization(SecuritySetup.ReadCdrs)
            .MapPost("/cdrs/batch", Run).WithName("batchCdrs").WithoutParameters()
            .WithProblems(DatabaseProblems.All).WithProblems(Problem.NotJson, Problem.TooLarge, Problem.TooManyDownloads, Problem.UnsupportedMediaType);

    /// <summary>Many lists in one request</summary>
    /// <remarks>
    /// Each query has the parameters of `/cdrs`, but for `format` and `csv`. The results come in the order asked,
    /// streamed, each with a status of its own: a query that is refused spoils only itself. After a failure midway the
    /// connection is aborted, and what was received does not parse.
    /// </remarks>
    private static async Task<IResult> Run(
        HttpContext http, Caller caller, CdrLists lists, ReplicaMonitor monitor, IOptions<BatchOptions> options, ILoggerFactory loggers)
    {
        if (Negotiation.BestOf(http.Request, ["application/json"]) is null)
        {
            return Problem.NotJson.ToResult();
        }

        var (queries, refusal) = await BatchRequest.ReadAsync(http.Request, options.Value.MaxQueries);
        return queries is null ? refusal!
            : await lists.BeginBulkAsync(http) is { } refused ? refused.ToResult()
            : new BatchAnswer(queries, caller, lists, monitor.Overall, options.Value.Parallelism, loggers.CreateLogger<BatchAnswer>());
    }
}
