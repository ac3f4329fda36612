namespace CdrApi.Cdrs.Formats;

/// <summary>RFC 4180. NULL is nothing at all, an empty text is a pair of quotes; every text stays what it is.</summary>
internal readonly struct CsvRows : IRowFormat
{
    public static string BeforeField(int index, string name) => index == 0 ? "" : ",";

    public static ReadOnlySpan<byte> AfterRow => "\r\n"u8;

    public static ReadOnlySpan<byte> Null => [];

    public static ReadOnlySpan<byte> Quote => [];

    public static bool IsPlain(ReadOnlySpan<byte> utf8) => CsvText.NeedsNoQuotes(utf8);

    public static void WriteText(SliceBuffer buffer, ReadOnlySpan<byte> utf8) => CsvText.Write(buffer, utf8, isFormulaSafe: false);
}

/// <summary>
/// CSV for spreadsheets, which take text that begins with =, +, - or @ for a formula: such text gets an apostrophe
/// before it. Every text is quoted.
/// </summary>
internal readonly struct ExcelCsvRows : IRowFormat
{
    public static string BeforeField(int index, string name) => index == 0 ? "" : ",";

    public static ReadOnlySpan<byte> AfterRow => "\r\n"u8;

    public static ReadOnlySpan<byte> Null => [];

    public static ReadOnlySpan<byte> Quote => "\""u8;

    public static bool IsPlain(ReadOnlySpan<byte> utf8) => CsvText.IsNeverFormula(utf8);

    public static void WriteText(SliceBuffer buffer, ReadOnlySpan<byte> utf8) => CsvText.Write(buffer, utf8, isFormulaSafe: true);
}
