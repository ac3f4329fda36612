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

    /// <summary>Every commit up to this moment of the primary's clock is known to be visible; null = nothing is known.</summary>
    public DateTimeOffset? AsOf { get; set; }

    /// <summary>
    /// How far the standby's clock is ahead of the primary's. A message is never received before it was sent, and mostly at once: so it is the
    /// least of the last few differences.
    /// </summary>
    public TimeSpan? ClockSkew => _skews.Count == 0 ? null : _skews.Min();

    public void Add(ReplicaMeasurement measured)
    {
        // A position that went back is another server, or a restored one; another timeline is another primary, with a clock of its own.
        if (measured.ReplayPosition < _position || (measured.Timeline ?? _timeline) != (_timeline ?? measured.Timeline))
        {
            AsOf = null;
            _skews.Clear();
        }

        _position = measured.ReplayPosition;
        _timeline = measured.Timeline ?? _timeline;
        if (measured is { MessageSent: { } sent, MessageReceived: { } received } && sent != _lastMessage)
        {
            _lastMessage = sent;
            _skews.Enqueue(received - sent);
            if (_skews.Count > Messages)
            {
                _skews.Dequeue();
            }
        }
    }
}
