namespace CdrApi.Cdrs;

/// <summary>How a value stands on the wire from PostgreSQL.</summary>
internal enum ColumnFormat
{
    Int64,
    Float8,
    DecimalText,
    Text,

    /// <summary>Text of another encoding than UTF-8, as its bytes.</summary>
    EncodedText,
    Timestamp,
}

internal static class ColumnFormats
{
    /// <summary>Whether a value of this type, by its oid in pg_type, can be read so. Another one means that the column was altered.</summary>
    public static bool CanRead(this ColumnFormat format, uint type) => format switch
    {
        // int8, int4, int2
        ColumnFormat.Int64 => type is 20 or 23 or 21,
        ColumnFormat.Float8 => type is 701,
        // timestamptz, timestamp
        ColumnFormat.Timestamp => type is 1184 or 1114,
        // bytea
        ColumnFormat.EncodedText => type is 17,
        // text, varchar, bpchar; a decimal as text is cast
        _ => type is 25 or 1043 or 1042,
    };
}
