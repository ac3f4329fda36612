using System.Diagnostics;
using Microsoft.AspNetCore.Mvc;

namespace CdrApi.Http;

/// <summary>The problems that callers can meet, each explained in docs/errors.md under its slug.</summary>
internal sealed record Problem(int Status, string Slug, string Title, string Detail)
{
    public static Problem BadParameters { get; } = new(400, "bad-parameters", "Bad parameters",
        "The request has parameters that cannot be used; see errors.");

    public static Problem UnknownCharacter { get; } = BadParameters with
    {
        Detail = "A text of the request has a character that the database's encoding lacks, so that no CDR holds it. Leave it out, for instance with *.",
    };

    public static Problem Unauthorized { get; } = new(401, "unauthorized", "No valid credential",
        "Send a valid API key in the X-API-Key header, or a valid token in Authorization: Bearer; not both.");

    public static Problem Forbidden { get; } = new(403, "forbidden", "Not allowed",
        "The credential is valid, but does not reach this.");

    public static Problem CdrNotFound { get; } = new(404, "cdr-not-found", "No such CDR",
        "There is no CDR with this i_cdr among those that the credential may see.");

    public static Problem SessionNotFound { get; } = new(404, "session-not-found", "No such session",
        "The API key has no session with this id. It may have ended by itself.");

    public static Problem NotFound { get; } = new(404, "not-found", "Not found",
        "There is nothing at this path. The endpoints are listed at /swagger.");

    public static Problem MethodNotAllowed { get; } = new(405, "method-not-allowed", "Method not allowed",
        "This path does not take this method; the Allow header lists those that it takes.");

    public static Problem NotAcceptable { get; } = new(406, "not-acceptable", "Not acceptable",
        "None of the media types in the Accept header can be had. Accept application/json, application/x-ndjson or text/csv, or set format.");

    /// <summary>The same where there is one format.</summary>
    public static Problem NotJson { get; } = NotAcceptable with
    {
        Detail = "The media types in the Accept header cannot be had. Accept application/json: this path answers with nothing else.",
    };

    public static Problem TooLarge { get; } = new(413, "too-large", "Too large",
        "The body is larger than this path takes. Send fewer queries at a time.");

    public static Problem QueryTooLarge { get; } = new(400, "too-large", "Too large",
        "The query needs more room on the standby than its operator allows. Narrow the dates or the filter, or group by fewer or coarser groups.");

    public static Problem TooManyGroups { get; } = new(400, "too-many-groups", "Too many groups",
        "The statistic has more groups than an answer without a limit may have. Set limit, narrow the filter, or group by fewer or coarser groups.");

    public static Problem UnsupportedMediaType { get; } = new(415, "unsupported-media-type", "Unsupported media type",
        "The body must be JSON. Send it with Content-Type: application/json.");

    public static Problem TooManyRequests { get; } = new(429, "too-many-requests", "Too many requests",
        "The credential has sent too many requests. Wait for Retry-After seconds; RateLimit says how many are left.");

    public static Problem TooManyDownloads { get; } = new(429, "too-many-downloads", "Too many downloads at once",
        "The credential has as many batches and large lists under way as it may. Let one end before the next.");

    public static Problem TooManyAttempts { get; } = new(429, "too-many-attempts", "Too many failed attempts",
        "Too many requests without a valid credential came from this address. Wait for Retry-After seconds, and send a valid one.");

    public static Problem TooManySessions { get; } = new(429, "too-many-sessions", "Too many sessions",
        "The API key has as many sessions as it may. Revoke those that are not needed, or wait until some end.");

    public static Problem BadRequest { get; } = new(400, "bad-request", "Bad request", "The request is not valid HTTP for this service.");

    public static Problem Internal { get; } = new(500, "internal-error", "Internal error",
        "The service failed. The operator finds the cause in the log by the trace_id.");

    public static Problem NoReplica { get; } = new(503, "no-replica", "No replica available",
        "No standby can be read from at the moment. Try again later.");

    public static Problem TooStale { get; } = new(503, "too-stale", "No standby is fresh enough",
        "No standby is as fresh as max_staleness asks for. Allow more, or try again later; /replication-lag says how far each is behind.");

    public static Problem TooBusy { get; } = new(503, "too-busy", "Too many bulk downloads",
        "As many large lists, batches and statistics are at work as the service runs at once, and none ended in time. Try again later.");

    public static Problem NoConnection { get; } = new(503, "no-connection", "No database connection free",
        "No database connection became free in time. Try again later.");

    public static Problem NoResources { get; } = new(503, "no-resources", "The standby is short of resources",
        "The standby has no memory, disk or connection left for the query. Try again later.");

    public static Problem NoSource { get; } = new(503, "no-source", "The CDRs cannot be read",
        "The standby does not let the service read its CDRs, or their table has changed. The operator finds the cause in the log by the trace_id.");

    public static Problem NoAuthority { get; } = new(503, "no-authority", "No identity provider",
        "The identity provider that issued the token cannot be reached, so the token cannot be checked. Try again later.");

    public static Problem NoSessionStore { get; } = new(503, "no-session-store", "No session store",
        "The store of sessions cannot be reached, so no session can be begun or checked. Try again later.");

    public static Problem Starting { get; } = new(503, "starting", "Starting",
        "The service has not yet found its database. Try again later.");

    public static Problem QueryTimeout { get; } = new(504, "query-timeout", "Query timeout",
        "The query took longer than the time limit. Narrow the date range or the limit.");

    /// <summary>Retry-After for every 503, in seconds.</summary>
    private const string RetryAfter = "5";

    /// <summary>The problem of a status that a framework component set without a body.</summary>
    public static Problem Of(int status) => status switch
    {
        400 => BadRequest,
        401 => Unauthorized,
        403 => Forbidden,
        404 => NotFound,
        405 => MethodNotAllowed,
        406 => NotAcceptable,
        413 => TooLarge,
        415 => UnsupportedMediaType,
        500 => Internal,
        503 => NoReplica,
        _ => new Problem(status, $"http-{status}", Microsoft.AspNetCore.WebUtilities.ReasonPhrases.GetReasonPhrase(status),
            "The request was refused."),
    };

    /// <summary>The document, as an answer of its own or as a part of one.</summary>
    public ProblemDetails ToDocument(HttpContext http, IReadOnlyDictionary<string, string[]>? errors = null)
    {
        var document = new ProblemDetails
        {
            Type = "/problems/" + Slug,
            Title = Title,
            Status = Status,
            Detail = Detail,
            Instance = http.Request.Path,
        };
        document.Extensions["trace_id"] = Activity.Current?.TraceId.ToString() ?? http.TraceIdentifier;
        if (errors is not null)
        {
            document.Extensions["errors"] = errors;
        }

        return document;
    }

    public Task WriteAsync(HttpContext http, IReadOnlyDictionary<string, string[]>? errors = null)
    {
        http.Response.StatusCode = Status;
        if (Status == StatusCodes.Status503ServiceUnavailable)
        {
            http.Response.Headers.RetryAfter = RetryAfter;
        }

        return http.Response.WriteAsJsonAsync(ToDocument(http, errors), options: null, contentType: "application/problem+json");
    }

    public IResult ToResult(IReadOnlyDictionary<string, string[]>? errors = null) => new Refusal(this, errors);
}

/// <summary>A problem with the faults of the request that met it.</summary>
internal sealed record Refusal(Problem Problem, IReadOnlyDictionary<string, string[]>? Errors = null) : IResult
{
    public Task ExecuteAsync(HttpContext httpContext) => Problem.WriteAsync(httpContext, Errors);
}
