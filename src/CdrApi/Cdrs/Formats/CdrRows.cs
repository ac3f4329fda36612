using System.Globalization;
using CdrApi.Database;
using Npgsql;

namespace CdrApi.Cdrs.Formats;

/// <summary>Rows as bytes, straight from the reader: no object, and no string, per row. Of one answer, so never used by two threads at once.</summary>
internal abstract class CdrRows
{
    /// <summary>Writes nothing, for rows that are only passed.</summary>
    public static CdrRows None { get; } = new Nothing();

    public abstract void Write(NpgsqlDataReader row, SliceBuffer buffer);

    /// <summary>Where a row of a list stands.</summary>
    public static CdrPosition PositionOf(NpgsqlDataReader row) => new(
        row.IsDBNull(CdrSelection.KeyTimeOrdinal) ? null : row.GetFieldValue<long>(CdrSelection.KeyTimeOrdinal),
        row.GetInt64(CdrSelection.KeyIdOrdinal));

    private sealed class Nothing : CdrRows
    {
        public override void Write(NpgsqlDataReader row, SliceBuffer buffer)
        {
        }
    }
}

/// <summary>
/// One writer for all formats: <typeparamref name="TFormat"/> is a struct, so each has machine code of its own. Room for a usual row is reserved
/// once; what does not fit, or cannot stand as it is, goes the long way.
/// </summary>
internal sealed class CdrRows<TFormat> : CdrRows
    where TFormat : struct, IRowFormat
{
    private const int UsualTextLength = 256;

    /// <summary>A value has no text in this format: null stands for it.</summary>
    private const int NoValue = -1;

    /// <summary>Text that the long way writes.</summary>
    private const int UnusualText = -2;

    private readonly ReferenceSnapshot _reference;
    private readonly CdrCursor? _cursor;
    private readonly CdrCell[] _cells;
    private readonly int _usualRow;

    // Dial prefixes are short; the others are read the long way.
    private readonly byte[] _prefix = new byte[64];
    private TimeText _time;

    // Country and description of a row are of one prefix: it is looked up for both.
    private Destination? _destination;

    public CdrRows(IReadOnlyList<SelectedField> fields, ReferenceSnapshot reference, CdrCursor? cursor)
    {
        (_reference, _cursor) = (reference, cursor);
        _cells = [.. fields.Select((field, i) => new CdrCell(field, TFormat.BeforeField(i, field.Source.Field.Name)))];
        _usualRow = TFormat.AfterRow.Length + _cells.Sum(cell => cell.Room + Math.Max(ValueText.LongestDecimal, UsualTextLength + (2 * TFormat.Quote.Length)));
    }

    public override void Write(NpgsqlDataReader row, SliceBuffer buffer)
    {
        _destination = null;
        var room = buffer.ReserveArray(_usualRow);
        var used = 0;
        foreach (ref readonly var cell in _cells.AsSpan())
        {
            used += cell.WriteBefore(room.AsSpan(used));
            var length = row.IsDBNull(cell.Ordinal) ? NoValue : WriteValue(row, cell, room.Slice(used));
            if (length == NoValue)
            {
                TFormat.Null.CopyTo(room.AsSpan(used));
                length = TFormat.Null.Length;
            }
            else if (length == UnusualText)
            {
                buffer.Advance(used);
                WriteUnusualText(row, cell, buffer);
                room = buffer.ReserveArray(_usualRow);
                (used, length) = (0, 0);
            }

            used += length;
        }

        TFormat.AfterRow.CopyTo(room.AsSpan(used));
        buffer.Advance(used + TFormat.AfterRow.Length);
    }

    private int WriteValue(NpgsqlDataReader row, in CdrCell cell, ArraySegment<byte> to)
    {
        switch (cell.Kind)
        {
            case CdrCellKind.Int64:
                row.GetInt64(cell.Ordinal).TryFormat(to, out var digits, default, CultureInfo.InvariantCulture);
                return digits;
            case CdrCellKind.Float8:
                return ValueText.WriteDecimal(row.GetDouble(cell.Ordinal), to) is > 0 and var length ? length : NoValue;
            case CdrCellKind.Timestamp:
                return WriteTime(row.GetFieldValue<long>(cell.Ordinal), to);
            case CdrCellKind.Text:
                return WriteText(row, cell.Ordinal, to);
            case CdrCellKind.Protocol or CdrCellKind.ResultCategory or CdrCellKind.Country or CdrCellKind.Description:
                return Find(row, cell) is { } found ? WriteText(found, to) : NoValue;
            case CdrCellKind.Cursor:
                _cursor!.Write(PositionOf(row), to.AsSpan(TFormat.Quote.Length));
                return Quoted(CdrCursor.TextLength, to);
            default:
                return UnusualText;
        }
    }

    private int WriteTime(long microseconds, Span<byte> to)
    {
        var quote = TFormat.Quote;
        var length = _time.Write(microseconds, to[quote.Length..]);
        return length > 0 ? Quoted(length, to) : NoValue;
    }

    /// <summary>Read in place, between its quotes.</summary>
    private static int WriteText(NpgsqlDataReader row, int ordinal, ArraySegment<byte> to)
    {
        var start = TFormat.Quote.Length;
        var length = (int)row.GetBytes(ordinal, 0, to.Array, to.Offset + start, UsualTextLength);
        return length < UsualTextLength && TFormat.IsPlain(to.AsSpan(start, length)) ? Quoted(length, to) : UnusualText;
    }

    private static int WriteText(byte[] text, Span<byte> to)
    {
        if (text.Length >= UsualTextLength || !TFormat.IsPlain(text))
        {
            return UnusualText;
        }

        text.CopyTo(to[TFormat.Quote.Length..]);
        return Quoted(text.Length, to);
    }

    private static int Quoted(int length, Span<byte> to)
    {
        var quote = TFormat.Quote;
        quote.CopyTo(to);
        quote.CopyTo(to[(quote.Length + length)..]);
        return length + (2 * quote.Length);
    }

    private void WriteUnusualText(NpgsqlDataReader row, in CdrCell cell, SliceBuffer buffer)
    {
        if (cell.IsLookup)
        {
            TFormat.WriteText(buffer, Find(row, cell));
            return;
        }

        using var text = ColumnBytes.Read(row, cell.Ordinal);
        switch (cell.Kind)
        {
            case CdrCellKind.DecimalText:
                // numeric as PostgreSQL writes it; NaN and the infinities, which JSON has no number for, are null.
                buffer.Write(text.Span.IndexOfAny((byte)'N', (byte)'I') >= 0 ? TFormat.Null : text.Span);
                break;
            case CdrCellKind.MaskedText:
                WriteText(NumberMask.Apply(cell.Encoding.ToUtf8(text.Span)), buffer);
                break;
            default:
                // Plain text is the same in every encoding.
                WriteText(cell.Encoding.ToUtf8(text.Span), buffer);
                break;
        }
    }

    private static void WriteText(ReadOnlySpan<byte> text, SliceBuffer buffer)
    {
        if (TFormat.IsPlain(text))
        {
            buffer.Write(TFormat.Quote);
            buffer.Write(text);
            buffer.Write(TFormat.Quote);
        }
        else
        {
            TFormat.WriteText(buffer, text);
        }
    }

    private byte[]? Find(NpgsqlDataReader row, in CdrCell cell)
    {
        switch (cell.Kind)
        {
            case CdrCellKind.Protocol:
                return _reference.FindProtocol(row.GetInt64(cell.Ordinal));
            case CdrCellKind.ResultCategory:
                return CdrResults.CategoryOf(row.GetInt64(cell.Ordinal));
            default:
                var destination = _destination ??= FindDestination(row, cell.Ordinal);
                return cell.Kind == CdrCellKind.Country ? destination.Country : destination.Description;
        }
    }

    private Destination FindDestination(NpgsqlDataReader row, int ordinal)
    {
        var length = (int)row.GetBytes(ordinal, 0, _prefix, 0, _prefix.Length);
        if (length < _prefix.Length)
        {
            return _reference.FindDestination(_prefix.AsSpan(0, length));
        }

        using var whole = ColumnBytes.Read(row, ordinal);
        return _reference.FindDestination(whole.Span);
    }
}
