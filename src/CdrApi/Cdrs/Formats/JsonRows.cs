namespace CdrApi.Cdrs.Formats;

/// <summary>Members of a JSON array, each with a comma before it: the first one's is not sent.</summary>
internal readonly struct JsonRows : IRowFormat
{
    public static string BeforeField(int index, string name) => $"{(index == 0 ? ",{" : ",")}\"{name}\":";

    public static ReadOnlySpan<byte> AfterRow => "}"u8;

    public static ReadOnlySpan<byte> Null => "null"u8;

    public static ReadOnlySpan<byte> Quote => "\""u8;

    public static bool IsPlain(ReadOnlySpan<byte> utf8) => JsonText.IsPlain(utf8);

    public static void WriteText(SliceBuffer buffer, ReadOnlySpan<byte> utf8) => JsonText.Write(buffer, utf8);
}

/// <summary>Newline-delimited JSON: an object a line.</summary>
internal readonly struct NdJsonRows : IRowFormat
{
    public static string BeforeField(int index, string name) => $"{(index == 0 ? "{" : ",")}\"{name}\":";

    public static ReadOnlySpan<byte> AfterRow => "}\n"u8;

    public static ReadOnlySpan<byte> Null => "null"u8;

    public static ReadOnlySpan<byte> Quote => "\""u8;

    public static bool IsPlain(ReadOnlySpan<byte> utf8) => JsonText.IsPlain(utf8);

    public static void WriteText(SliceBuffer buffer, ReadOnlySpan<byte> utf8) => JsonText.Write(buffer, utf8);
}
