using System.Buffers;

namespace CdrApi.Cdrs.Formats;

/// <summary>
/// The bytes of one slice. It keeps its segments from slice to slice, so that a download of any length needs
/// the memory of one slice.
/// </summary>
internal sealed class SliceBuffer : IDisposable
{
    private const int SegmentSize = 64 * 1024;
    private const int SegmentsKept = 2048;

    // The shared pool keeps a few dozen arrays of this size and leaves the others to the garbage collector, which lets them pile up.
    private static readonly ArrayPool<byte> Pool = ArrayPool<byte>.Create(SegmentSize, SegmentsKept);
    private List<Segment> _segments = [];
    private byte[] _current = [];
    private int _used;
    private int _index = -1;

    /// <summary>Room for at least <paramref name="size"/> bytes, in one piece.</summary>
    public Span<byte> Reserve(int size)
    {
        if (_current.Length - _used < size)
        {
            NextSegment(size);
        }

        return _current.AsSpan(_used);
    }

    /// <summary>The same room as an array, for readers that fill one.</summary>
    public ArraySegment<byte> ReserveArray(int size)
    {
        Reserve(size);
        return new ArraySegment<byte>(_current, _used, _current.Length - _used);
    }

    public void Advance(int count) => _used += count;

    public void Write(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(Reserve(bytes.Length));
        _used += bytes.Length;
    }

    /// <summary>How far it is written.</summary>
    public (int Segment, int Used) Mark() => (_index, _used);

    /// <summary>Forgets what was written since the mark: a slice that failed is read again.</summary>
    public void Return((int Segment, int Used) mark)
    {
        (_index, _used) = mark;
        _current = _index < 0 ? [] : _segments[_index].Array;
    }

    /// <summary>Forgets all of it: it was sent.</summary>
    public void Clear() => Return((-1, 0));

    /// <summary>Sends all of it but the first <paramref name="skip"/> bytes, as fast as the client reads.</summary>
    public async ValueTask SendAsync(Stream body, int skip, CancellationToken cancellation)
    {
        Seal();
        for (var i = 0; i <= _index; i++, skip = 0)
        {
            await body.WriteAsync(_segments[i].Array.AsMemory(skip, _segments[i].Used - skip), cancellation);
        }
    }

    public void Dispose()
    {
        // Whoever disposes of it again finds nothing: an array that is returned twice would be lent to two answers.
        foreach (var segment in Interlocked.Exchange(ref _segments, []))
        {
            Pool.Return(segment.Array);
        }

        Clear();
    }

    private void NextSegment(int size)
    {
        Seal();
        _index++;
        if (_index == _segments.Count)
        {
            _segments.Add(new Segment(Pool.Rent(Math.Max(size, SegmentSize))));
        }
        else if (_segments[_index].Array.Length < size)
        {
            // In this order: where there is no memory for the larger one, the smaller one is still held, and is returned once.
            var smaller = _segments[_index].Array;
            _segments[_index] = new Segment(Pool.Rent(size));
            Pool.Return(smaller);
        }

        _current = _segments[_index].Array;
        _used = 0;
    }

    private void Seal()
    {
        if (_index >= 0)
        {
            _segments[_index].Used = _used;
        }
    }

    private sealed class Segment(byte[] array)
    {
        public byte[] Array => array;

        public int Used { get; set; }
    }
}
