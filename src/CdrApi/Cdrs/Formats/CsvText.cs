using System.Buffers;
using System.Text;

namespace CdrApi.Cdrs.Formats;

/// <summary>Text as a CSV field.</summary>
internal static class CsvText
{
    /// <summary>A byte that is no UTF-8 becomes three, and one that begins a formula gets an apostrophe.</summary>
    private const int MostGrowth = 4;

    private static readonly SearchValues<byte> Unquoted = Printable("\",");
    private static readonly SearchValues<byte> Harmless = Printable("\"=+-@");

    /// <summary>Not empty, which is NULL's; nothing that RFC 4180 quotes; no blank at an end, which some readers drop.</summary>
    public static bool NeedsNoQuotes(ReadOnlySpan<byte> utf8) =>
        !utf8.IsEmpty && utf8[0] != ' ' && utf8[^1] != ' ' && !utf8.ContainsAnyExcept(Unquoted);

    /// <summary>Has nothing that a spreadsheet begins a formula with, nor a quote.</summary>
    public static bool IsNeverFormula(ReadOnlySpan<byte> utf8) => !utf8.ContainsAnyExcept(Harmless);

    /// <summary>In quotes.</summary>
    public static void Write(SliceBuffer buffer, ReadOnlySpan<byte> utf8, bool isFormulaSafe)
    {
        var to = buffer.Reserve((utf8.Length * MostGrowth) + 2);
        to[0] = (byte)'"';
        var at = 1;
        var cellMayBegin = isFormulaSafe;
        var isFirst = true;
        while (!utf8.IsEmpty)
        {
            // As in JSON: bytes that are no UTF-8, which a database in SQL_ASCII can hold, are replaced.
            if (Rune.DecodeFromUtf8(utf8, out var rune, out var consumed) != OperationStatus.Done)
            {
                rune = Rune.ReplacementChar;
            }

            if (cellMayBegin && (BeginsFormula(rune) || (isFirst && EndsCell(rune))))
            {
                to[at++] = (byte)'\'';
            }

            if (rune.Value == '"')
            {
                to[at++] = (byte)'"';
            }

            at += rune.EncodeToUtf8(to[at..]);
            utf8 = utf8[consumed..];
            isFirst = false;
            cellMayBegin = isFormulaSafe && (EndsCell(rune) || (cellMayBegin && Rune.IsWhiteSpace(rune)));
        }

        to[at] = (byte)'"';
        buffer.Advance(at + 1);
    }

    // Also the full-width ones, which some locales take for the same.
    private static bool BeginsFormula(Rune rune) => rune.Value is '=' or '+' or '-' or '@' or '\uFF1D' or '\uFF0B' or '\uFF0D' or '\uFF20';

    // What a spreadsheet may be set to split at, whatever the quotes say.
    private static bool EndsCell(Rune rune) => rune.Value is '\t' or '\r' or '\n' or ',' or ';' or '|';

    private static SearchValues<byte> Printable(string except) =>
        SearchValues.Create([.. Enumerable.Range(0x20, 0x5F).Select(b => (byte)b).Where(b => !except.Contains((char)b))]);
}
