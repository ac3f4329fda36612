using CdrApi.Http;
using Microsoft.AspNetCore.Http.HttpResults;

namespace CdrApi.Replication;

/// <summary>What operators and load balancers ask. All of it is answered from the monitor's last measurement.</summary>
internal static class HealthEndpoints
{
    private const string HealthJson = "application/health+json";

    public static void MapHealth(this IEndpointRouteBuilder routes)
    {
        var health = routes.MapGroup("").AllowAnonymous().AnswersWhileStarting()
            .WithTag("Health", "For operators and load balancers. No credential is needed.");
        health.MapRead("/health", Health).WithName("getHealth")
            .Produces<HealthReport>(200, HealthJson).Produces<HealthReport>(503, HealthJson);
        health.MapRead("/health/live", Live).WithName("getLiveness").Produces<Liveness>();
        health.MapRead("/health/ready", Ready).WithName("getReadiness").Produces<Readiness>().Produces<Readiness>(503);
        health.MapRead("/replication-lag", ReplicationLag).WithName("getReplicationLag").Produces<ReplicationLag>();
    }

    /// <summary>The service's health, a check each for replica, lag, clock, pool, reference data and more</summary>
    /// <remarks>`pass` and `warn` answer 200, `fail` answers 503. A warning needs an operator, not a load balancer.</remarks>
    /// <response code="200">`pass` or `warn`.</response>
    /// <response code="503">`fail`: requests for CDRs cannot be answered.</response>
    private static JsonHttpResult<HealthReport> Health(IEnumerable<IHealthCheck> checks)
    {
        var report = HealthReport.Of(checks);
        return TypedResults.Json(report, contentType: HealthJson,
            statusCode: report.Status == HealthStatus.Fail ? StatusCodes.Status503ServiceUnavailable : StatusCodes.Status200OK);
    }

    /// <summary>Whether the process serves</summary>
    /// <remarks>200 for as long as the process answers at all. For a supervisor's restart decision.</remarks>
    /// <response code="200">It does.</response>
    private static JsonHttpResult<Liveness> Live() => TypedResults.Json(new Liveness(HealthStatus.Pass));

    /// <summary>Whether requests for CDRs can be answered</summary>
    /// <remarks>200 when a standby passes its checks and answers within its staleness limit, else 503.</remarks>
    /// <response code="200">They can.</response>
    /// <response code="503">They cannot; `output` says why.</response>
    private static JsonHttpResult<Readiness> Ready(ReplicaReadiness readiness)
    {
        var reason = readiness.NotReadyBecause();
        return reason is null
            ? TypedResults.Json(new Readiness(HealthStatus.Pass, null))
            : TypedResults.Json(new Readiness(HealthStatus.Fail, reason), statusCode: StatusCodes.Status503ServiceUnavailable);
    }

    /// <summary>How far the standbys are behind the primary</summary>
    /// <remarks>
    /// Always 200. The figures at the top are those of the most stale standby in rotation (of the first one when
    /// none is); `replicas` has each.
    /// </remarks>
    /// <response code="200">As last measured.</response>
    private static JsonHttpResult<ReplicationLag> ReplicationLag(ReplicaMonitor monitor) =>
        TypedResults.Json(Replication.ReplicationLag.From(monitor.Overall, monitor.All));
}

/// <summary>Whether the process serves.</summary>
/// <param name="Status">Always `pass`.</param>
internal sealed record Liveness(HealthStatus Status);

/// <summary>Whether requests for CDRs can be answered.</summary>
/// <param name="Status">`pass` or `fail`.</param>
/// <param name="Output">Why not; null when ready.</param>
internal sealed record Readiness(HealthStatus Status, string? Output);
