namespace CdrApi.Replication;

internal static class ReplicaSql
{
    /// <summary>
    /// One row, on a standby and on a primary alike: the replay functions raise an error outside recovery, and
    /// pg_stat_wal_receiver has no row while nothing streams.
    /// </summary>
    public const string Measure =
        """
        SELECT r.in_recovery,
          CASE WHEN r.in_recovery THEN pg_is_wal_replay_paused() ELSE false END AS paused,
          coalesce(w.status = 'streaming', false) AS streaming,
          -- After a restart, receiving begins again at the start of a segment that was replayed before.
          greatest(pg_last_wal_receive_lsn(), pg_last_wal_replay_lsn())::text AS receive_lsn,
          pg_last_wal_replay_lsn()::text AS replay_lsn,
          -- latest_end_lsn is what the primary said it has: a standby that fetches a backlog replays all that it
          -- has received, and is behind all the same.
          CASE WHEN r.in_recovery AND pg_last_wal_receive_lsn() IS NOT NULL THEN
            pg_wal_lsn_diff(greatest(w.latest_end_lsn, pg_last_wal_receive_lsn(), pg_last_wal_replay_lsn()),
              pg_last_wal_replay_lsn())::bigint END AS bytes_behind,
          pg_wal_lsn_diff(pg_last_wal_replay_lsn(), '0/0')::bigint AS replay_position,
          pg_last_xact_replay_timestamp() AS last_replay,
          -- By the primary's clock, and by this server's.
          w.received_tli AS timeline, w.last_msg_send_time AS message_sent, w.last_msg_receipt_time AS message_received,
          clock_timestamp() AS measured_at
        FROM (SELECT pg_is_in_recovery() AS in_recovery) r
        LEFT JOIN pg_stat_wal_receiver w ON true
        """;

    public const string MayReadReceiver = "SELECT pg_has_role(current_user, 'pg_read_all_stats', 'USAGE')";
}

/// <summary>What <see cref="ReplicaSql.Measure"/> returns.</summary>
internal sealed class ReplicaMeasurement
{
    public bool InRecovery { get; init; }
    public bool Paused { get; init; }
    public bool Streaming { get; init; }
    public string? ReceiveLsn { get; init; }
    public string? ReplayLsn { get; init; }
    public long? BytesBehind { get; init; }
    public long? ReplayPosition { get; init; }
    public DateTime? LastReplay { get; init; }
    public int? Timeline { get; init; }
    public DateTime? MessageSent { get; init; }
    public DateTime? MessageReceived { get; init; }
    public DateTime MeasuredAt { get; init; }

    /// <summary>Since the primary last said anything.</summary>
    public TimeSpan? MessageAge => MeasuredAt - MessageReceived;
}
