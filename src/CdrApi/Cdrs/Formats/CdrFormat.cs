using System.Text;
using CdrApi.Database;

namespace CdrApi.Cdrs.Formats;

/// <summary>How rows are written: the media type, what stands before the first row, and the writer of rows.</summary>
internal sealed class CdrFormat(string name, string mediaType)
{
    public const string JsonType = "application/json";
    public const string NdJsonType = "application/x-ndjson";
    public const string CsvType = "text/csv";

    public string Name { get; } = name;

    public string MediaType { get; } = mediaType;

    public static CdrFormat Json { get; } = new("json", JsonType);

    public static CdrFormat NdJson { get; } = new("ndjson", NdJsonType);

    public static CdrFormat Csv { get; } = new("csv", CsvType);

    /// <summary>What <c>csv=excel</c> makes of <see cref="Csv"/>.</summary>
    public static CdrFormat ExcelCsv { get; } = new("csv", CsvType);

    /// <summary>Those that have a name and a media type of their own; the first one is what any type means.</summary>
    public static IReadOnlyList<CdrFormat> All { get; } = [Json, NdJson, Csv];

    public bool IsJson => this == Json;

    public bool IsCsv => MediaType == CsvType;

    public string ContentType => IsCsv ? $"{CsvType}; charset=utf-8; header=present" : MediaType;

    /// <param name="fields">Of each row.</param>
    /// <param name="reference">What is looked up.</param>
    /// <param name="cursor">Of the list; null where the rows are none of a list.</param>
    public CdrRows Rows(IReadOnlyList<SelectedField> fields, ReferenceSnapshot reference, CdrCursor? cursor = null) =>
        this == Json ? new CdrRows<JsonRows>(fields, reference, cursor)
        : this == NdJson ? new CdrRows<NdJsonRows>(fields, reference, cursor)
        : this == Csv ? new CdrRows<CsvRows>(fields, reference, cursor)
        : new CdrRows<ExcelCsvRows>(fields, reference, cursor);

    /// <summary>CSV's row of names; a spreadsheet knows UTF-8 by the mark before it.</summary>
    public byte[] Header(IEnumerable<string> names) =>
        IsCsv ? Encoding.UTF8.GetBytes($"{(this == ExcelCsv ? "\uFEFF" : "")}{string.Join(',', names)}\r\n") : [];
}
