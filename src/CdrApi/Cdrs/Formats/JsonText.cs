using System.Buffers;
using System.Text;

namespace CdrApi.Cdrs.Formats;

/// <summary>Text as a JSON string: escaped only where JSON demands it, so +336… stays +336….</summary>
internal static class JsonText
{
    /// <summary>A byte grows to at most six: \u00XX.</summary>
    private const int MostGrowth = 6;

    // Printable ASCII but for the quote and the backslash.
    private static readonly SearchValues<byte> Plain = SearchValues.Create(
        [.. Enumerable.Range(0x20, 0x5F).Select(b => (byte)b).Where(b => b is not ((byte)'"' or (byte)'\\'))]);

    /// <summary>Whether it stands in JSON as it is.</summary>
    public static bool IsPlain(ReadOnlySpan<byte> utf8) => !utf8.ContainsAnyExcept(Plain);

    /// <summary>With its quotes.</summary>
    public static void Write(SliceBuffer buffer, ReadOnlySpan<byte> utf8)
    {
        var to = buffer.Reserve((utf8.Length * MostGrowth) + 2);
        to[0] = (byte)'"';
        var at = 1;
        if (IsPlain(utf8))
        {
            utf8.CopyTo(to[1..]);
            at += utf8.Length;
        }
        else
        {
            at += Escape(utf8, to[1..]);
        }

        to[at] = (byte)'"';
        buffer.Advance(at + 1);
    }

    private static int Escape(ReadOnlySpan<byte> utf8, Span<byte> to)
    {
        var at = 0;
        while (!utf8.IsEmpty)
        {
            // A database in SQL_ASCII can hold bytes that are no UTF-8: each is replaced, as JSON must be valid.
            var status = Rune.DecodeFromUtf8(utf8, out var rune, out var consumed);
            if (status != OperationStatus.Done)
            {
                rune = Rune.ReplacementChar;
            }

            at += rune.Value is < 0x20 or '"' or '\\' ? EscapeControl(rune.Value, to[at..]) : rune.EncodeToUtf8(to[at..]);
            utf8 = utf8[consumed..];
        }

        return at;
    }

    private static int EscapeControl(int value, Span<byte> to)
    {
        to[0] = (byte)'\\';
        switch (value)
        {
            case '"' or '\\':
                to[1] = (byte)value;
                return 2;
            case '\n':
                to[1] = (byte)'n';
                return 2;
            case '\r':
                to[1] = (byte)'r';
                return 2;
            case '\t':
                to[1] = (byte)'t';
                return 2;
            default:
                "u00"u8.CopyTo(to[1..]);
                to[4] = (byte)('0' + (value >> 4));
                to[5] = "0123456789abcdef"u8[value & 15];
                return 6;
        }
    }
}
