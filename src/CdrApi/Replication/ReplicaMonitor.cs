using System.Diagnostics.Metrics;
using CdrApi.Database;
using Dapper;
using Microsoft.Extensions.Options;

namespace CdrApi.Replication;

/// <summary>
/// Measures every replica, on a connection of its own, and says which may be read from. Health, lag, headers
/// and routing all read what it last saw.
/// </summary>
internal sealed partial class ReplicaMonitor(
    Replicas replicas,
    ReplicaChecks checks,
    IOptions<ReplicaOptions> options,
    IMeterFactory meters,
    TimeProvider time,
    IHostApplicationLifetime lifetime,
    ILogger<ReplicaMonitor> logger) : BackgroundLoop(lifetime)
{
    private static readonly TimeSpan PollTimeout = TimeSpan.FromSeconds(5);
    private readonly Lock _rotating = new();

    /// <summary>Replaced as a whole, by <see cref="Rotate"/> only.</summary>
    private volatile Dictionary<Replica, Look> _looks = [];

    public IReadOnlyList<ReplicaStatus> All => [.. replicas.All.Select(StatusOf)];

    /// <summary>The one that speaks for all: the most stale in rotation, or the first when none is.</summary>
    public ReplicaStatus Overall => All.Where(s => s.InRotation).MaxBy(s => s.LagSeconds) ?? All[0];

    public ReplicaStatus StatusOf(Replica replica) =>
        _looks.TryGetValue(replica, out var look) ? look.Status : ReplicaStatus.Unreachable(replica.Name, time.GetUtcNow());

    protected override Task RunAsync(CancellationToken stopping)
    {
        ReplicaMetrics.Register(meters, options.Value.Kind, () => All);
        foreach (var replica in replicas.All)
        {
            replica.MustStandBy = options.Value.Kind == ReplicaKind.Physical;
            replica.Checked += () => Rotate();
        }

        return FirstToEndAsync(replicas.All.Select(replica => WatchAsync(replica, stopping)));
    }

    private async Task WatchAsync(Replica replica, CancellationToken stopping)
    {
        using var timer = new PeriodicTimer(options.Value.PollInterval, time);
        var history = new ReplicaHistory();
        bool? wasAway = null;
        do
        {
            var promotions = replica.Promotions;
            var measured = await MeasureAsync(replica, stopping);
            var status = measured is null
                ? ReplicaStatus.Unreachable(replica.Name, time.GetUtcNow())
                : ReplicaStatus.From(replica.Name, measured, history, options.Value);
            if (measured is null && wasAway == false)
            {
                // What comes back may be another server.
                replica.Lose();
            }

            Rotate(replica, new Look(status, promotions));
            if (wasAway == true && measured is not null)
            {
                checks.RunSoon();
            }

            wasAway = measured is null;
        }
        while (await timer.WaitForNextTickAsync(stopping));
    }

    /// <summary>
    /// Those of the best rank serve: while any standby is ok and passes its checks, one that is not gets no queries; when none is, those that are
    /// not too stale serve on. The only writer of what a replica's standing is.
    /// </summary>
    private void Rotate(Replica? measured = null, Look? look = null)
    {
        lock (_rotating)
        {
            var before = _looks;
            var seen = new Dictionary<Replica, Look>(before);
            if (measured is not null && look is not null)
            {
                seen[measured] = look;
            }

            foreach (var replica in seen.Keys.Where(r => r.Promotions != seen[r].Promotions).ToList())
            {
                // A connection has noticed what this look was too early for.
                seen[replica] = seen[replica] with { Status = seen[replica].Status with { Status = ReplicaState.NotAStandby, IsFreshEnough = false } };
            }

            var best = seen.Min(s => RankOf(s.Key, s.Value));
            foreach (var (replica, now) in seen.ToList())
            {
                var status = now.Status with { InRotation = RankOf(replica, now) is { } rank && rank == best };
                seen[replica] = now with { Status = status };
                replica.Standing = new ReplicaStanding(
                    status.InRotation, status.LagSeconds is { } lag ? TimeSpan.FromSeconds(lag) : null, now.Promotions);
            }

            _looks = seen;
            foreach (var (replica, (status, _)) in seen)
            {
                var was = before.GetValueOrDefault(replica)?.Status;
                if (was?.Status != status.Status || was.InRotation != status.InRotation)
                {
                    var level = status.Status == ReplicaState.Ok ? LogLevel.Information : LogLevel.Warning;
                    Log.Changed(logger, level, replica.Name, was?.Status, status.Status, status.InRotation, status.LagSeconds);
                }
            }
        }
    }

    /// <summary>Null for what is not read from.</summary>
    private static int? RankOf(Replica replica, Look look) => !look.Status.IsFreshEnough ? null : (look.Status.Status, replica.CheckResult) switch
    {
        (_, ReplicaCheckResult.Unknown or ReplicaCheckResult.Refused) => null,
        (_, ReplicaCheckResult.Failing) => 3,
        (ReplicaState.Ok, ReplicaCheckResult.Passed) => 0,
        (ReplicaState.Ok, _) => 1,
        _ => 2,
    };

    /// <summary>Null when it takes no connection.</summary>
    private static async Task<ReplicaMeasurement?> MeasureAsync(Replica replica, CancellationToken stopping)
    {
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        timeout.CancelAfter(PollTimeout);
        try
        {
            await using var connection = await replica.Monitor.OpenConnectionAsync(timeout.Token);
            return await connection.QuerySingleAsync<ReplicaMeasurement>(
                new CommandDefinition(ReplicaSql.Measure, cancellationToken: timeout.Token));
        }
        catch (Exception) when (!stopping.IsCancellationRequested)
        {
            // Whatever it is, a replica that cannot be measured is not read from; the change of state is logged.
            return null;
        }
    }

    /// <summary>A replica as it was last measured.</summary>
    /// <param name="Status">How it was.</param>
    /// <param name="Promotions">Promotions that connections had noticed before.</param>
    private sealed record Look(ReplicaStatus Status, int Promotions);

    private static partial class Log
    {
        [LoggerMessage("Replica {Replica} went from {Before} to {After} (in rotation: {InRotation}, lag: {LagSeconds} s)")]
        public static partial void Changed(ILogger logger, LogLevel level, string replica,
            ReplicaState? before, ReplicaState after, bool inRotation, double? lagSeconds);
    }
}
