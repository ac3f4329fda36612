namespace CdrApi.Cdrs;

/// <summary>A body, how many bytes were written to it, and whether its client still takes any.</summary>
/// <param name="body">Where the bytes go.</param>
/// <param name="sendTimeout">How long one write may take.</param>
/// <param name="stalled">What happens when one takes longer.</param>
/// <param name="time">Measures it.</param>
internal sealed class CountedStream(Stream body, TimeSpan sendTimeout, Action stalled, TimeProvider time) : Stream
{
    private readonly ITimer _timer = time.CreateTimer(_ => stalled(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);

    public long Count { get; private set; }

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        Count += buffer.Length;
        var writing = body.WriteAsync(buffer, cancellationToken);
        return writing.IsCompleted ? writing : new ValueTask(WatchAsync(writing.AsTask()));
    }

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override Task FlushAsync(CancellationToken cancellationToken) => WatchAsync(body.FlushAsync(cancellationToken));

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Flush() => throw new NotSupportedException();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        _timer.Dispose();
        base.Dispose(disposing);
    }

    private async Task WatchAsync(Task sending)
    {
        if (!sending.IsCompleted)
        {
            _timer.Change(sendTimeout, Timeout.InfiniteTimeSpan);
        }

        try
        {
            await sending;
        }
        finally
        {
            _timer.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        }
    }
}
