using System.Buffers.Binary;
using System.Buffers.Text;
using System.Text;

namespace CdrApi.Cdrs;

/// <summary>
/// Where a page ended, as opaque text: version, order, filter fingerprint, position. With another filter or
/// order it is refused, since it would silently leave rows out.
/// </summary>
internal sealed class CdrCursor(CdrOrder order, CdrFilter filter)
{
    /// <summary>Characters of every cursor.</summary>
    public const int TextLength = 35;

    private const byte Version = 1;
    private const int Length = 26;

    // Most lists write no cursor, and some one for each row.
    private ulong? _fingerprint;

    public string Write(CdrPosition position)
    {
        Span<byte> text = stackalloc byte[TextLength];
        Write(position, text);
        return Encoding.ASCII.GetString(text);
    }

    public void Write(CdrPosition position, Span<byte> to)
    {
        Span<byte> bytes = stackalloc byte[Length];
        bytes[0] = Version;
        bytes[1] = (byte)(((int)order << 1) | (position.ConnectTime is null ? 1 : 0));
        BinaryPrimitives.WriteUInt64BigEndian(bytes[2..], _fingerprint ??= filter.Fingerprint());
        BinaryPrimitives.WriteInt64BigEndian(bytes[10..], position.ConnectTime ?? 0);
        BinaryPrimitives.WriteInt64BigEndian(bytes[18..], position.ICdr);
        Base64Url.EncodeToUtf8(bytes, to);
    }

    /// <summary>The position, or null and why the text is no cursor for this filter and order.</summary>
    public static CdrPosition? Read(string text, CdrOrder order, CdrFilter filter, out string? fault)
    {
        Span<byte> bytes = stackalloc byte[Length];
        fault = "Is not a cursor of this service. Pass next_cursor on as it was given.";
        if (text.Length > 64 || !Base64Url.IsValid(text, out var length) || length != Length)
        {
            return null;
        }

        Base64Url.DecodeFromChars(text, bytes);
        if (bytes[0] != Version || bytes[1] > 3)
        {
            return null;
        }

        if (bytes[1] >> 1 != (int)order || BinaryPrimitives.ReadUInt64BigEndian(bytes[2..]) != filter.Fingerprint())
        {
            fault = "Belongs to another query. Repeat the filter and the order of the page that it came from.";
            return null;
        }

        var untimed = (bytes[1] & 1) == 1;
        var time = BinaryPrimitives.ReadInt64BigEndian(bytes[10..]);
        // No list of a date range ends among CDRs without a time, and no CDR has a time that PostgreSQL cannot hold.
        if (untimed ? filter.HasDateRange : !PostgresTime.IsValid(time))
        {
            return null;
        }

        fault = null;
        return new CdrPosition(untimed ? null : time, BinaryPrimitives.ReadInt64BigEndian(bytes[18..]));
    }
}
