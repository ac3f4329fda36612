using System.Runtime.Intrinsics;
using System.Text;
using CdrApi.Database;

namespace CdrApi.Cdrs.Formats;

/// <summary>How a field's value is had from its column.</summary>
internal enum CdrCellKind
{
    Int64,
    Float8,
    DecimalText,
    Text,
    MaskedText,
    Timestamp,
    Protocol,
    ResultCategory,
    Country,
    Description,
    Cursor,
}

/// <summary>A field of every row: what stands before its value, and how that is had.</summary>
internal readonly struct CdrCell
{
    private static readonly Encoding Utf8 = System.Text.Encoding.UTF8;

    // Copied as one register, which costs less than a call that copies a few bytes.
    private static readonly int Register = Vector256<byte>.Count;

    private readonly byte[] _before;
    private readonly int _length;

    public CdrCell(SelectedField field, string before)
    {
        Ordinal = field.Ordinal;
        Kind = KindOf(field.Source);
        Encoding = field.Source.Column.Encoding;
        _length = Utf8.GetByteCount(before);
        _before = new byte[Math.Max(_length, Register)];
        Utf8.GetBytes(before, _before);
    }

    public int Ordinal { get; }

    public CdrCellKind Kind { get; }

    /// <summary>Of its text.</summary>
    public TextEncoding Encoding { get; }

    /// <summary>Whether the value is found by the column, not in it.</summary>
    public bool IsLookup => Kind is CdrCellKind.Protocol or CdrCellKind.ResultCategory or CdrCellKind.Country or CdrCellKind.Description;

    /// <summary>Bytes that <see cref="WriteBefore"/> may touch.</summary>
    public int Room => _before.Length;

    public int WriteBefore(Span<byte> to)
    {
        if (_before.Length == Register)
        {
            Vector256.Create(_before).CopyTo(to);
        }
        else
        {
            _before.CopyTo(to);
        }

        return _length;
    }

    private static CdrCellKind KindOf(SourceField source) => source.Lookup switch
    {
        CdrLookup.Protocol => CdrCellKind.Protocol,
        CdrLookup.ResultCategory => CdrCellKind.ResultCategory,
        CdrLookup.Country => CdrCellKind.Country,
        CdrLookup.Description => CdrCellKind.Description,
        CdrLookup.Cursor => CdrCellKind.Cursor,
        _ when source.IsMasked => CdrCellKind.MaskedText,
        _ => source.Column.Format switch
        {
            ColumnFormat.Int64 => CdrCellKind.Int64,
            ColumnFormat.Float8 => CdrCellKind.Float8,
            ColumnFormat.Timestamp => CdrCellKind.Timestamp,
            ColumnFormat.DecimalText => CdrCellKind.DecimalText,
            _ => CdrCellKind.Text,
        },
    };
}
