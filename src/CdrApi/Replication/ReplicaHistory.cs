namespace CdrApi.Replication;

/// <summary>What earlier measurements of a replica have shown.</summary>
internal sealed class ReplicaHistory
{
    /// <summary>Messages that a clock's difference is judged by: enough for one that was not delayed on its way.</summary>
    private const int Messages = 5;

    private readonly Queue<TimeSpan> _skews = new();
    private DateTime? _lastMessage;
    private long? _position;
    private int? _timeline;
    private DateTime? _foreignReplay;

    /// <summary>Every commit up to this moment of the primary's clock is known to be visible; null = nothing is known.</summary>
    public DateTimeOffset? AsOf { get; set; }

    /// <summary>
    /// How far the standby's clock is ahead of the primary's. A message is never received before it was sent, and mostly at once: so it is the
    /// least of the last few differences.
    /// </summary>
    public TimeSpan? ClockSkew => _skews.Count == 0 ? null : _skews.Min();

    /// <summary>When the primary sent its last message, by its clock; null where none has come yet.</summary>
    public DateTimeOffset? LastMessage { get; private set; }

    /// <summary>The last commit that was replayed, by the clock of the primary that it comes from; null where that is another one than today's.</summary>
    public DateTimeOffset? LastReplay { get; private set; }

    public void Add(ReplicaMeasurement measured)
    {
        // A receiver begins with its own time for both: nothing has been sent yet.
        var sent = measured.MessageSent == measured.MessageReceived ? null : measured.MessageSent;
        // A position that went back is another server, or a restored one; another timeline is another primary, with a clock of its own; a
        // message from before the last one is a clock that was set back.
        if (measured.ReplayPosition < _position || (measured.Timeline ?? _timeline) != (_timeline ?? measured.Timeline) || sent < _lastMessage)
        {
            AsOf = null;
            _skews.Clear();
            _foreignReplay = measured.LastReplay;
        }

        _position = measured.ReplayPosition;
        _timeline = measured.Timeline ?? _timeline;
        LastReplay = measured.LastReplay == _foreignReplay ? null : measured.LastReplay;
        LastMessage = sent;
        if (sent is { } moment && measured.MessageReceived is { } received && moment != _lastMessage)
        {
            _lastMessage = moment;
            _skews.Enqueue(received - moment);
            if (_skews.Count > Messages)
            {
                _skews.Dequeue();
            }
        }
    }
}
