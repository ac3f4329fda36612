using System.Text.Json.Serialization;

namespace CdrApi.Replication;

/// <summary>The names are the contract's: they are written in snake_case.</summary>
public enum ReplicaState
{
    /// <summary>Streaming, and at most LagLimit behind.</summary>
    Ok,

    /// <summary>More than LagLimit behind, or by an unknown time.</summary>
    Lagging,

    /// <summary>The WAL receiver is down, or has been silent for 45 seconds.</summary>
    Disconnected,

    /// <summary>Replay was paused by an operator.</summary>
    Paused,

    /// <summary>Not in recovery: promoted, or a primary.</summary>
    NotAStandby,

    /// <summary>It takes no connection.</summary>
    Unreachable,
}

/// <summary>One replica as it was last measured.</summary>
internal sealed record ReplicaStatus
{
    // An idle primary pings its standbys about every 30 seconds.
    private static readonly TimeSpan SilentAfter = TimeSpan.FromSeconds(45);

    public required string Replica { get; init; }

    public required ReplicaState Status { get; init; }

    /// <summary>Whether queries are sent to it.</summary>
    public bool InRotation { get; init; }

    /// <summary>Whether it may be, for its own part.</summary>
    [JsonIgnore]
    public bool IsFreshEnough { get; init; }

    /// <summary>Seconds between the newest commit that it shows and now; 0 when it has caught up; null when not known.</summary>
    public double? LagSeconds { get; init; }

    /// <summary>Seconds that its clock is ahead of the primary's; null when not known.</summary>
    public double? ClockSkewSeconds { get; init; }

    public bool Streaming { get; init; }

    /// <summary>Seconds since the primary last said anything.</summary>
    public double? LastMessageAgeSeconds { get; init; }

    /// <summary>Bytes of WAL that the primary has and this replica does not show yet.</summary>
    public long? BytesBehind { get; init; }

    public string? ReceiveLsn { get; init; }

    public string? ReplayLsn { get; init; }

    public bool? InRecovery { get; init; }

    /// <summary>Every commit up to this moment of the primary's clock is visible; null when not known.</summary>
    public DateTimeOffset? AsOf { get; init; }

    public required DateTimeOffset MeasuredAt { get; init; }

    public static ReplicaStatus Unreachable(string replica, DateTimeOffset now) =>
        new() { Replica = replica, Status = ReplicaState.Unreachable, MeasuredAt = now };

    /// <summary>Judges a measurement, and adds to the history what it has proved.</summary>
    public static ReplicaStatus From(string replica, ReplicaMeasurement measured, ReplicaHistory history, ReplicaOptions options)
    {
        // The plain `now - last replay` grows for ever on an idle primary, and the usual "0 when all received
        // WAL is replayed" reads 0 when the primary is dead: it takes both, and a receiver that hears something.
        history.Add(measured);
        var alive = measured.Streaming && measured.MessageAge < SilentAfter;
        // A receiver that has only begun has heard nothing yet, and looks as if it had caught up. It is believed where nothing else is known.
        var hasHeard = history.LastMessage is not null || (history.AsOf ?? history.LastReplay) is null;
        var caughtUp = alive && hasHeard && !measured.Paused && measured.BytesBehind == 0;
        var logical = options.Kind == ReplicaKind.Logical;
        if (!logical)
        {
            // All by the primary's clock. When it sent its last message, all that it had written was in it: what it has written since then may be
            // on its way. The last replayed commit can be old on an idle primary, and unknown after a restart.
            history.AsOf = Latest(history.AsOf, history.LastReplay, caughtUp ? history.LastMessage : null);
        }

        // Where nothing is on its way as far as anybody knows, it is not behind, however long ago the last message was.
        var skew = history.ClockSkew;
        var lag = logical ? null : caughtUp ? 0 : (measured.MeasuredAt - (skew ?? TimeSpan.Zero) - history.AsOf)?.TotalSeconds;
        var state = logical ? ReplicaState.Ok
            : !measured.InRecovery ? ReplicaState.NotAStandby
            : measured.Paused ? ReplicaState.Paused
            : !alive ? ReplicaState.Disconnected
            : lag is null || lag > options.LagLimit.TotalSeconds ? ReplicaState.Lagging
            : ReplicaState.Ok;
        return new ReplicaStatus
        {
            Replica = replica,
            Status = state,
            IsFreshEnough = logical || (measured.InRecovery && lag <= options.MaxStaleness.TotalSeconds),
            LagSeconds = lag is { } seconds ? Math.Round(Math.Max(seconds, 0), 3) : null,
            Streaming = measured.Streaming,
            ClockSkewSeconds = skew is { } ahead ? Math.Round(ahead.TotalSeconds, 3) : null,
            LastMessageAgeSeconds = measured.MessageAge is { } age ? Math.Round(Math.Max(age.TotalSeconds, 0), 3) : null,
            BytesBehind = measured.BytesBehind,
            ReceiveLsn = measured.ReceiveLsn,
            ReplayLsn = measured.ReplayLsn,
            InRecovery = measured.InRecovery,
            AsOf = history.AsOf,
            MeasuredAt = measured.MeasuredAt,
        };
    }

    private static DateTimeOffset? Latest(params IEnumerable<DateTimeOffset?> moments) => moments.Max();
}
