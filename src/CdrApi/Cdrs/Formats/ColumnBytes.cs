using System.Buffers;
using Npgsql;

namespace CdrApi.Cdrs.Formats;

/// <summary>A column's bytes, of whatever length, in rented memory.</summary>
internal readonly struct ColumnBytes : IDisposable
{
    private readonly byte[] _rented;
    private readonly int _length;

    private ColumnBytes(byte[] rented, int length)
    {
        _rented = rented;
        _length = length;
    }

    public ReadOnlySpan<byte> Span => _rented.AsSpan(0, _length);

    public static ColumnBytes Read(NpgsqlDataReader row, int ordinal)
    {
        var length = (int)row.GetBytes(ordinal, 0, null, 0, 0);
        var rented = ArrayPool<byte>.Shared.Rent(length);
        row.GetBytes(ordinal, 0, rented, 0, length);
        return new ColumnBytes(rented, length);
    }

    public void Dispose() => ArrayPool<byte>.Shared.Return(_rented);
}
