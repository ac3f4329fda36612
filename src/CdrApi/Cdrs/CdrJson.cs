using System.Globalization;
using System.Text;
using CdrApi.Database;
using Npgsql;

namespace CdrApi.Cdrs;

/// <summary>Rows as JSON objects, straight from the reader to bytes: no object, and no string, per row.</summary>
internal sealed class CdrJson(CdrSelection selection, ReferenceSnapshot reference)
{
    private const int UsualTextLength = 256;

    // A prefix too long for this is no dial prefix.
    private readonly byte[] _prefix = new byte[64];
    private readonly (byte[] Name, SelectedField Field)[] _fields = [.. selection.Fields.Select((field, i) =>
        (Encoding.UTF8.GetBytes($"{(i == 0 ? "{" : ",")}\"{field.Source.Field.Name}\":"), field))];

    public void Write(NpgsqlDataReader row, SliceBuffer buffer)
    {
        foreach (var (name, field) in _fields)
        {
            buffer.Write(name);
            if (row.IsDBNull(field.Ordinal))
            {
                buffer.Write("null"u8);
            }
            else if (field.Source.Lookup == CdrLookup.None)
            {
                WriteColumn(row, field.Ordinal, field.Source.Column.Format, buffer);
            }
            else
            {
                WriteLookup(row, field, buffer);
            }
        }

        buffer.Write("}"u8);
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
        var to = buffer.Reserve(ValueText.LongestTime + 2);
        var length = ValueText.WriteTime(microseconds, to[1..]);
        if (length > 0)
        {
            to[0] = to[length + 1] = (byte)'"';
            length += 2;
        }

        WriteOrNull(buffer, length);
    }

    /// <summary>numeric as PostgreSQL writes it; NaN and the infinities, which JSON has no number for, are null.</summary>
    private static void WriteDecimalText(NpgsqlDataReader row, int ordinal, SliceBuffer buffer)
    {
        using var text = ColumnBytes.Read(row, ordinal);
        buffer.Write(text.Span.IndexOfAny((byte)'N', (byte)'I') >= 0 ? "null"u8 : text.Span);
    }

    /// <summary>Read in place between its quotes; read again when it is long or must be escaped.</summary>
    private static void WriteText(NpgsqlDataReader row, int ordinal, SliceBuffer buffer)
    {
        var room = buffer.ReserveArray(UsualTextLength + 2);
        var length = (int)row.GetBytes(ordinal, 0, room.Array, room.Offset + 1, UsualTextLength);
        if (length < UsualTextLength && JsonText.IsPlain(room.AsSpan(1, length)))
        {
            room[0] = room[length + 1] = (byte)'"';
            buffer.Advance(length + 2);
            return;
        }

        using var text = ColumnBytes.Read(row, ordinal);
        JsonText.Write(buffer, text.Span);
    }

    private void WriteLookup(NpgsqlDataReader row, SelectedField field, SliceBuffer buffer)
    {
        byte[]? text;
        if (field.Source.Lookup == CdrLookup.Protocol)
        {
            text = reference.FindProtocol(row.GetInt64(field.Ordinal));
        }
        else
        {
            var length = (int)row.GetBytes(field.Ordinal, 0, _prefix, 0, _prefix.Length);
            var destination = length < _prefix.Length ? reference.FindDestination(_prefix.AsSpan(0, length)) : default;
            text = field.Source.Lookup == CdrLookup.Country ? destination.Country : destination.Description;
        }

        if (text is null)
        {
            buffer.Write("null"u8);
        }
        else
        {
            JsonText.Write(buffer, text);
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
            buffer.Write("null"u8);
        }
    }
}
