using System.Collections.Concurrent;
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
    IOptions<ReplicaOptions> options,
    IMeterFactory meters,
    TimeProvider time,
    IHostApplicationLifetime lifetime,
    ILogger<ReplicaMonitor> logger) : BackgroundLoop(lifetime)
{
    private static readonly TimeSpan PollTimeout = TimeSpan.FromSeconds(5);
    private readonly Lock _rotating = new();
    private readonly ConcurrentDictionary<string, ReplicaStatus> _statuses = new(StringComparer.Ordinal);

    public IReadOnlyList<ReplicaStatus> All => [.. replicas.All.Select(StatusOf)];

    /// <summary>The one that speaks for all: the most stale in rotation, or the first when none is.</summary>
    public ReplicaStatus Overall => All.Where(s => s.InRotation).MaxBy(s => s.LagSeconds) ?? All[0];

    public ReplicaStatus StatusOf(Replica replica) => _statuses.TryGetValue(replica.Name, out var status)
        ? status
        : ReplicaStatus.Unreachable(replica.Name, time.GetUtcNow());

    protected override Task RunAsync(CancellationToken stopping)
    {
        ReplicaMetrics.Register(meters, options.Value.Kind, () => All);
        return Task.WhenAll(replicas.All.Select(replica => WatchAsync(replica, stopping)));
    }

    private async Task WatchAsync(Replica replica, CancellationToken stopping)
    {
        using var timer = new PeriodicTimer(options.Value.PollInterval, time);
        (DateTimeOffset? AsOf, long? Position) known = default;
        do
        {
            var measured = await MeasureAsync(replica, stopping);
            // A position that went back is another server, or a restored one: nothing is known of it.
            known = measured?.ReplayPosition < known.Position ? default : known;
            var status = measured is null
                ? ReplicaStatus.Unreachable(replica.Name, time.GetUtcNow())
                : ReplicaStatus.From(replica.Name, measured, known.AsOf, options.Value);
            known = measured is null ? known : (status.AsOf, measured.ReplayPosition);
            Rotate(replica, status);
        }
        while (await timer.WaitForNextTickAsync(stopping));
    }

    /// <summary>While any standby is ok, one that is not gets no queries; when none is, those that are not too stale serve on.</summary>
    private void Rotate(Replica measured, ReplicaStatus status)
    {
        lock (_rotating)
        {
            var before = replicas.All.ToDictionary(r => r, r => _statuses.GetValueOrDefault(r.Name));
            _statuses[measured.Name] = status;
            var anyOk = All.Any(s => s.Status == ReplicaState.Ok);
            foreach (var replica in replicas.All.Where(r => _statuses.ContainsKey(r.Name)))
            {
                var now = StatusOf(replica);
                now = now with { InRotation = now.IsFreshEnough && (!anyOk || now.Status == ReplicaState.Ok) };
                _statuses[replica.Name] = now;
                (replica.Lag, replica.InRotation) = (now.LagSeconds is { } lag ? TimeSpan.FromSeconds(lag) : null, now.InRotation);
                if (before[replica]?.Status != now.Status || before[replica]?.InRotation != now.InRotation)
                {
                    var level = now.Status == ReplicaState.Ok ? LogLevel.Information : LogLevel.Warning;
                    Log.Changed(logger, level, replica.Name, before[replica]?.Status, now.Status, now.InRotation, now.LagSeconds);
                }
            }
        }
    }

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

    private static partial class Log
    {
        [LoggerMessage("Replica {Replica} went from {Before} to {After} (in rotation: {InRotation}, lag: {LagSeconds} s)")]
        public static partial void Changed(ILogger logger, LogLevel level, string replica,
            ReplicaState? before, ReplicaState after, bool inRotation, double? lagSeconds);
    }
}
