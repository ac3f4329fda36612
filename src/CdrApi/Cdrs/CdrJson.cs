using System.Buffers;
using System.Globalization;
using System.Text;
using CdrApi.Database;
using Npgsql;

namespace CdrApi.Cdrs;

/// <summary>Rows as JSON objects, straight from the reader to bytes: no object, and no string, per row.</summary>
internal sealed class CdrJson(CdrSelection selection, ReferenceSnapshot reference)
{
    private const int UsualTextLength = 512;
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
        var length = (int)row.GetBytes(ordinal, 0, null, 0, 0);
        var rented = ArrayPool<byte>.Shared.Rent(length);
        row.GetBytes(ordinal, 0, rented, 0, length);
        var text = rented.AsSpan(0, length);
        buffer.Write(text.IndexOfAny((byte)'N', (byte)'I') >= 0 ? "null"u8 : text);
        ArrayPool<byte>.Shared.Return(rented);
    }

    private static void WriteText(NpgsqlDataReader row, int ordinal, SliceBuffer buffer)
    {
        var length = (int)row.GetBytes(ordinal, 0, null, 0, 0);
        var rented = ArrayPool<byte>.Shared.Rent(length);
        row.GetBytes(ordinal, 0, rented, 0, length);
        JsonText.Write(buffer, rented.AsSpan(0, length));
        ArrayPool<byte>.Shared.Return(rented);
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
            Span<byte> prefix = stackalloc byte[0];
            var length = (int)row.GetBytes(field.Ordinal, 0, null, 0, 0);
            var rented = ArrayPool<byte>.Shared.Rent(Math.Max(length, UsualTextLength));
            row.GetBytes(field.Ordinal, 0, rented, 0, length);
            var destination = reference.FindDestination(rented.AsSpan(0, length));
            ArrayPool<byte>.Shared.Return(rented);
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
