using System.Buffers;

namespace CdrApi.Cdrs;

/// <summary>
/// The body of an answer. It gathers small pieces, so that a page leaves whole in one go: an instance that is killed has sent all of it or
/// nothing. It counts bytes, and notices a client that takes none.
/// </summary>
internal sealed class AnswerStream : Stream
{
    private const int GatheredAtMost = 64 * 1024;
    private readonly HttpResponse _response;
    private readonly TimeSpan _sendTimeout;
    private readonly TimeProvider _time;
    private readonly ITimer _timer;
    private readonly Lock _watching = new();
    private byte[] _gathered = ArrayPool<byte>.Shared.Rent(GatheredAtMost);
    private int _used;
    private long? _sendingSince;

    /// <param name="response">Where the bytes go.</param>
    /// <param name="sendTimeout">How long one write may take, before the connection is ended.</param>
    /// <param name="time">Measures it.</param>
    public AnswerStream(HttpResponse response, TimeSpan sendTimeout, TimeProvider time)
    {
        (_response, _sendTimeout, _time) = (response, sendTimeout, time);
        _timer = time.CreateTimer(_ => AbortIfStuck(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    public long Count { get; private set; }

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        Count += buffer.Length;
        return TryGather(buffer) ? ValueTask.CompletedTask : new ValueTask(SendAsync(buffer, cancellationToken));
    }

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override async Task FlushAsync(CancellationToken cancellationToken)
    {
        await SendGatheredAsync(cancellationToken);
        await WatchAsync(_response.Body.FlushAsync(cancellationToken));
    }

    /// <summary>Hands over what is left, to be sent together with the body's end.</summary>
    public void End()
    {
        _response.BodyWriter.Write(_gathered.AsSpan(0, _used));
        _used = 0;
    }

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Flush() => throw new NotSupportedException();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        _timer.Dispose();
        if (Interlocked.Exchange(ref _gathered, []) is { Length: > 0 } gathered)
        {
            ArrayPool<byte>.Shared.Return(gathered);
        }

        base.Dispose(disposing);
    }

    private bool TryGather(ReadOnlyMemory<byte> buffer)
    {
        if (_used + buffer.Length > GatheredAtMost)
        {
            return false;
        }

        buffer.Span.CopyTo(_gathered.AsSpan(_used));
        _used += buffer.Length;
        return true;
    }

    private async Task SendAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellation)
    {
        await SendGatheredAsync(cancellation);
        await WatchAsync(_response.Body.WriteAsync(buffer, cancellation).AsTask());
    }

    private async Task SendGatheredAsync(CancellationToken cancellation)
    {
        if (_used > 0)
        {
            await WatchAsync(_response.Body.WriteAsync(_gathered.AsMemory(0, _used), cancellation).AsTask());
            _used = 0;
        }
    }

    private async Task WatchAsync(Task sending)
    {
        if (sending.IsCompleted)
        {
            await sending;
            return;
        }

        Watch(true);
        try
        {
            await sending;
        }
        finally
        {
            Watch(false);
        }
    }

    private void Watch(bool isSending)
    {
        lock (_watching)
        {
            _sendingSince = isSending ? _time.GetTimestamp() : null;
            _timer.Change(isSending ? _sendTimeout : Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        }
    }

    /// <summary>A timer may go off while it is stopped: by then the next write may be under way, or the connection at another request.</summary>
    private void AbortIfStuck()
    {
        lock (_watching)
        {
            if (_sendingSince is not { } since)
            {
                return;
            }

            var left = _sendTimeout - _time.GetElapsedTime(since);
            if (left <= TimeSpan.Zero)
            {
                _response.HttpContext.Abort();
            }
            else
            {
                _timer.Change(left, Timeout.InfiniteTimeSpan);
            }
        }
    }
}
