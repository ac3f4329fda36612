using System.Globalization;
using System.Text;
using CdrApi.Database;
using Npgsql;

namespace CdrApi.Cdrs.Formats;

/// <summary>Rows as bytes, straight from the reader: no object, and no string, per row.</summary>
internal abstract class CdrRows
{
    /// <summary>Writes nothing, for rows that are only passed.</summary>
    public static CdrRows None { get; } = new Nothing();

    public abstract void Write(NpgsqlDataReader row, SliceBuffer buffer);

    private sealed class Nothing : CdrRows
    {
        public override void Write(NpgsqlDataReader row, SliceBuffer buffer)
        {
        }
    }
}

/// <summary>One writer for all formats: <typeparamref name="TFormat"/> is a struct, so each has machine code of its own.</summary>
internal sealed class CdrRows<TFormat>(IReadOnlyList<SelectedField> fields, ReferenceSnapshot reference) : CdrRows
    where TFormat : struct, IRowFormat
{
    private const int UsualTextLength = 256;

    // A prefix too long for this is no dial prefix.
    private readonly byte[] _prefix = new byte[64];
    private readonly (byte[] Before, SelectedField Field)[] _fields = [.. fields.Select((field, i) =>
        (Encoding.UTF8.GetBytes(TFormat.BeforeField(i, field.Source.Field.Name)), field))];

    public override void Write(NpgsqlDataReader row, SliceBuffer buffer)
    {
        foreach (var (before, field) in _fields)
        {
            buffer.Write(before);
            if (row.IsDBNull(field.Ordinal))
            {
                buffer.Write(TFormat.Null);
            }
            else if (field.Source.Lookup != CdrLookup.None)
            {
                WriteLookup(row, field, buffer);
            }
            else if (field.Source.IsMasked)
            {
                WriteMasked(row, field.Ordinal, buffer);
            }
            else
            {
                WriteColumn(row, field.Ordinal, field.Source.Column.Format, buffer);
            }
        }

        buffer.Write(TFormat.AfterRow);
    }

    private static void WriteColumn(NpgsqlDataReader row, int ordinal, ColumnFormat format, SliceBuffer buffer)
    {
        switch (format)
        {
            case ColumnFormat.Int64:
                row.GetInt64(ordinal).TryFormat(buffer.Reserve(20), out var digits, default, CultureInfo.InvariantCulture);
                buffer.Advance(digits);
                break;
            case ColumnFormat.Float8:
                WriteOrNull(buffer, ValueText.WriteDecimal(row.GetDouble(ordinal), buffer.Reserve(ValueText.LongestDecimal)));
                break;
            case ColumnFormat.Timestamp:
                WriteTime(row.GetFieldValue<long>(ordinal), buffer);
                break;
            case ColumnFormat.DecimalText:
                WriteDecimalText(row, ordinal, buffer);
                break;
            default:
                WriteText(row, ordinal, buffer);
                break;
        }
    }

    private static void WriteTime(long microseconds, SliceBuffer buffer)
    {
        var quote = TFormat.Quote;
        var to = buffer.Reserve(ValueText.LongestTime + (2 * quote.Length));
        var length = ValueText.WriteTime(microseconds, to[quote.Length..]);
        if (length > 0)
        {
            quote.CopyTo(to);
            quote.CopyTo(to[(quote.Length + length)..]);
            length += 2 * quote.Length;
        }

        WriteOrNull(buffer, length);
    }

    /// <summary>numeric as PostgreSQL writes it; NaN and the infinities, which JSON has no number for, are null.</summary>
    private static void WriteDecimalText(NpgsqlDataReader row, int ordinal, SliceBuffer buffer)
    {
        using var text = ColumnBytes.Read(row, ordinal);
        buffer.Write(text.Span.IndexOfAny((byte)'N', (byte)'I') >= 0 ? TFormat.Null : text.Span);
    }

    /// <summary>Read in place, between its quotes; read again when it is long or cannot stand as it is.</summary>
    private static void WriteText(NpgsqlDataReader row, int ordinal, SliceBuffer buffer)
    {
        var quote = TFormat.Quote;
        var room = buffer.ReserveArray(UsualTextLength + (2 * quote.Length));
        var length = (int)row.GetBytes(ordinal, 0, room.Array, room.Offset + quote.Length, UsualTextLength);
        if (length < UsualTextLength && TFormat.IsPlain(room.AsSpan(quote.Length, length)))
        {
            quote.CopyTo(room);
            quote.CopyTo(room.AsSpan(quote.Length + length));
            buffer.Advance(length + (2 * quote.Length));
            return;
        }

        using var text = ColumnBytes.Read(row, ordinal);
        TFormat.WriteText(buffer, text.Span);
    }

    private static void WriteMasked(NpgsqlDataReader row, int ordinal, SliceBuffer buffer)
    {
        using var text = ColumnBytes.Read(row, ordinal);
        WriteFound(NumberMask.Apply(text.Span), buffer);
    }

    private void WriteLookup(NpgsqlDataReader row, SelectedField field, SliceBuffer buffer)
    {
        if (Find(row, field) is not { } text)
        {
            buffer.Write(TFormat.Null);
        }
        else
        {
            WriteFound(text, buffer);
        }
    }

    private static void WriteFound(byte[] text, SliceBuffer buffer)
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

    private byte[]? Find(NpgsqlDataReader row, SelectedField field)
    {
        switch (field.Source.Lookup)
        {
            case CdrLookup.Protocol:
                return reference.FindProtocol(row.GetInt64(field.Ordinal));
            case CdrLookup.ResultCategory:
                return CdrResults.CategoryOf(row.GetInt64(field.Ordinal));
            default:
                var length = (int)row.GetBytes(field.Ordinal, 0, _prefix, 0, _prefix.Length);
                var destination = length < _prefix.Length ? reference.FindDestination(_prefix.AsSpan(0, length)) : default;
                return field.Source.Lookup == CdrLookup.Country ? destination.Country : destination.Description;
        }
    }

    private static void WriteOrNull(SliceBuffer buffer, int length)
    {
        if (length > 0)
        {
            buffer.Advance(length);
        }
        else
        {
            buffer.Write(TFormat.Null);
        }
    }
}
