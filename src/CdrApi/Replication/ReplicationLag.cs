namespace CdrApi.Replication;

/// <summary>The answer of /replication-lag.</summary>
internal sealed record ReplicationLag
{
    /// <summary>`ok`, `lagging` (over the lag limit), `disconnected` (the receiver is down or silent), `paused`, `not_a_standby` or `unreachable`.</summary>
    public required ReplicaState Status { get; init; }

    /// <summary>Seconds behind the primary, 0 when caught up, null when not known.</summary>
    public required double? LagSeconds { get; init; }

    /// <summary>Seconds that the standby's clock is ahead of the primary's, below 0 when it is behind; null when not known.</summary>
    public required double? ClockSkewSeconds { get; init; }

    /// <summary>Whether a WAL receiver is streaming.</summary>
    public required bool Streaming { get; init; }

    /// <summary>Seconds since the primary last said anything; an idle one speaks about every 30 s.</summary>
    public required double? LastMessageAgeSeconds { get; init; }

    /// <summary>Bytes of WAL that the primary is known to have and the standby does not show yet.</summary>
    public required long? BytesBehind { get; init; }

    /// <summary>Last WAL position received.</summary>
    public required string? ReceiveLsn { get; init; }

    /// <summary>Last WAL position replayed.</summary>
    public required string? ReplayLsn { get; init; }

    /// <summary>False on a primary; null when unreachable.</summary>
    public required bool? InRecovery { get; init; }

    /// <summary>When this was measured.</summary>
    public required DateTimeOffset MeasuredAt { get; init; }

    /// <summary>Each standby, with the same figures.</summary>
    public required IReadOnlyList<ReplicaStatus> Replicas { get; init; }

    public static ReplicationLag From(ReplicaStatus overall, IReadOnlyList<ReplicaStatus> all) => new()
    {
        Status = overall.Status,
        LagSeconds = overall.LagSeconds,
        ClockSkewSeconds = overall.ClockSkewSeconds,
        Streaming = overall.Streaming,
        LastMessageAgeSeconds = overall.LastMessageAgeSeconds,
        BytesBehind = overall.BytesBehind,
        ReceiveLsn = overall.ReceiveLsn,
        ReplayLsn = overall.ReplayLsn,
        InRecovery = overall.InRecovery,
        MeasuredAt = overall.MeasuredAt,
        Replicas = all,
    };
}
