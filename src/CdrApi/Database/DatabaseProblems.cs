using CdrApi.Http;
using Microsoft.AspNetCore.Diagnostics;

namespace CdrApi.Database;

/// <summary>What the database could not do, as a problem document: never its message, which may hold data.</summary>
internal sealed partial class DatabaseProblems(ILogger<DatabaseProblems> logger) : IExceptionHandler
{
    /// <summary>All that an endpoint which asks the database can answer with.</summary>
    public static IReadOnlyList<Problem> All { get; } =
    [
        Problem.NoReplica, Problem.TooStale, Problem.NoConnection, Problem.NoResources, Problem.NoSource, Problem.TooBusy, Problem.QueryTimeout,
        Problem.QueryTooLarge,
    ];

    /// <summary>Null for what is no failure of the database.</summary>
    public static Problem? Of(Exception exception) => exception switch
    {
        TooStaleException => Problem.TooStale,
        LaneFullException => Problem.TooBusy,
        _ when SqlErrors.IsConnectTimeout(exception) => Problem.NoConnection,
        _ when SqlErrors.IsBeyondLimit(exception) => Problem.QueryTooLarge,
        _ when SqlErrors.IsShortOfResources(exception) => Problem.NoResources,
        _ when SqlErrors.IsOfSource(exception) => Problem.NoSource,
        _ when SqlErrors.IsUnknownCharacter(exception) => Problem.UnknownCharacter,
        _ when SqlErrors.IsRetryable(exception) => Problem.NoReplica,
        _ when SqlErrors.IsQueryTimeout(exception) => Problem.QueryTimeout,
        _ => null,
    };

    public async ValueTask<bool> TryHandleAsync(HttpContext http, Exception exception, CancellationToken cancellationToken)
    {
        if (Of(exception) is not { } problem)
        {
            return false;
        }

        Log.QueryFailed(logger, problem.Slug, SqlErrors.Cause(exception));
        await problem.WriteAsync(http);
        return true;
    }

    private static partial class Log
    {
        [LoggerMessage(LogLevel.Warning, "No answer from a standby: {Problem} ({Cause})")]
        public static partial void QueryFailed(ILogger logger, string problem, string cause);
    }
}
