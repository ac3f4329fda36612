using System.Collections.Concurrent;
using CdrApi.Database;
using Dapper;
using Microsoft.Extensions.Options;
using Npgsql;

namespace CdrApi.Replication;

/// <summary>
/// Measures every replica, on a connection of its own, and says which may be read from. Health, lag, headers
/// and routing all read what it last saw.
/// </summary>
internal sealed partial class ReplicaMonitor(
    Replicas replicas,
    IOptions<ReplicaOptions> options,
    TimeProvider time,
    IHostApplicationLifetime lifetime,
    ILogger<ReplicaMonitor> logger) : BackgroundLoop(lifetime)
{
    private static readonly TimeSpan PollTimeout = TimeSpan.FromSeconds(5);
    private readonly ConcurrentDictionary<string, ReplicaStatus> _statuses = new(StringComparer.Ordinal);

    public IReadOnlyList<ReplicaStatus> All => [.. replicas.All.Select(StatusOf)];

    /// <summary>The one that speaks for all: the most stale in rotation, or the first when none is.</summary>
    public ReplicaStatus Overall => All.Where(s => s.InRotation).MaxBy(s => s.LagSeconds) ?? All[0];

    public ReplicaStatus StatusOf(Replica replica) => _statuses.TryGetValue(replica.Name, out var status)
        ? status
        : ReplicaStatus.Unreachable(replica.Name, time.GetUtcNow());

    protected override Task RunAsync(CancellationToken stopping) =>
        Task.WhenAll(replicas.All.Select(replica => WatchAsync(replica, stopping)));

    private async Task WatchAsync(Replica replica, CancellationToken stopping)
    {
        using var timer = new PeriodicTimer(options.Value.PollInterval, time);
        do
        {
            var before = _statuses.GetValueOrDefault(replica.Name);
            var status = await MeasureAsync(replica, stopping);
            _statuses[replica.Name] = status;
            replica.InRotation = status.InRotation;
            if (before?.Status != status.Status || before.InRotation != status.InRotation)
            {
                var level = status.Status == ReplicaState.Ok ? LogLevel.Information : LogLevel.Warning;
                Log.Changed(logger, level, replica.Name, before?.Status, status.Status, status.InRotation, status.LagSeconds);
            }
        }
        while (await timer.WaitForNextTickAsync(stopping));
    }

    private async Task<ReplicaStatus> MeasureAsync(Replica replica, CancellationToken stopping)
    {
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        timeout.CancelAfter(PollTimeout);
        try
        {
            await using var connection = await replica.Monitor.OpenConnectionAsync(timeout.Token);
            var measured = await connection.QuerySingleAsync<ReplicaMeasurement>(
                new CommandDefinition(ReplicaSql.Measure, cancellationToken: timeout.Token));
            return ReplicaStatus.From(replica.Name, measured, options.Value);
        }
        catch (Exception e) when (e is NpgsqlException or System.Net.Sockets.SocketException
            || (e is OperationCanceledException && !stopping.IsCancellationRequested))
        {
            return ReplicaStatus.Unreachable(replica.Name, time.GetUtcNow());
        }
    }

    private static partial class Log
    {
        [LoggerMessage("Replica {Replica} went from {Before} to {After} (in rotation: {InRotation}, lag: {LagSeconds} s)")]
        public static partial void Changed(ILogger logger, LogLevel level, string replica,
            ReplicaState? before, ReplicaState after, bool inRotation, double? lagSeconds);
    }
}
