using System.Text;

namespace CdrApi.Database;

/// <summary>
/// How a database writes text. In UTF-8 every value can be sent. In another encoding PostgreSQL fails at a byte that has no character, so the bytes
/// are read as they are and become text here; what is no character is U+FFFD then. SQL_ASCII says nothing: its bytes are taken for UTF-8.
/// </summary>
internal sealed class TextEncoding
{
    private readonly Encoding? _encoding;
    private readonly Encoding? _strict;

    private TextEncoding(string name, bool isUtf8, Encoding? encoding)
    {
        (Name, IsUtf8, _encoding) = (name, isUtf8, encoding);
        _strict = encoding is null ? null : Encoding.GetEncoding(encoding.CodePage, EncoderFallback.ExceptionFallback, DecoderFallback.ExceptionFallback);
    }

    public static TextEncoding Utf8 { get; } = new("UTF8", isUtf8: true, null);

    /// <summary>PostgreSQL's name.</summary>
    public string Name { get; }

    public bool IsUtf8 { get; }

    /// <summary>By PostgreSQL's name; one that .NET does not know is converted by PostgreSQL.</summary>
    public static TextEncoding Of(string name)
    {
        if (name is "UTF8")
        {
            return Utf8;
        }

        Encoding.RegisterProvider(CodePagesEncodingProvider.Instance);
        return name is "SQL_ASCII" ? new TextEncoding(name, isUtf8: false, null)
            : Known(name) is { } known ? new TextEncoding(name, isUtf8: false, Encoding.GetEncoding(known, EncoderFallback.ReplacementFallback, new DecoderReplacementFallback("\uFFFD")))
            : new TextEncoding(name, isUtf8: true, null);
    }

    /// <summary>SQL that reads a text so that it never fails.</summary>
    public string Read(string text) => IsUtf8 ? text : $"convert_to({text}, 'SQL_ASCII')";

    /// <summary>What was read, as UTF-8, or as bytes that were to be.</summary>
    public byte[] ToUtf8(byte[] read) => _encoding is null ? read : Encoding.Convert(_encoding, Encoding.UTF8, read);

    /// <inheritdoc cref="ToUtf8(byte[])"/>
    public ReadOnlySpan<byte> ToUtf8(ReadOnlySpan<byte> read) => _encoding is null ? read : Encoding.UTF8.GetBytes(_encoding.GetString(read));

    /// <summary>Whether a value of the database can be this text.</summary>
    public bool CanHold(string text)
    {
        if (_strict is null)
        {
            return true;
        }

        try
        {
            _ = _strict.GetByteCount(text);
            return true;
        }
        catch (EncoderFallbackException)
        {
            return false;
        }
    }

    private static string? Known(string name) => name switch
    {
        "LATIN1" => "iso-8859-1",
        "LATIN2" => "iso-8859-2",
        "LATIN3" => "iso-8859-3",
        "LATIN4" => "iso-8859-4",
        "LATIN5" => "iso-8859-9",
        "LATIN7" => "iso-8859-13",
        "LATIN9" => "iso-8859-15",
        "ISO_8859_5" => "iso-8859-5",
        "ISO_8859_6" => "iso-8859-6",
        "ISO_8859_7" => "iso-8859-7",
        "ISO_8859_8" => "iso-8859-8",
        "WIN866" => "cp866",
        "WIN874" => "windows-874",
        "WIN1250" or "WIN1251" or "WIN1252" or "WIN1253" or "WIN1254" or "WIN1255" or "WIN1256" or "WIN1257" or "WIN1258" => $"windows-{name[3..]}",
        "KOI8R" => "koi8-r",
        "KOI8U" => "koi8-u",
        "EUC_JP" => "euc-jp",
        "EUC_KR" => "euc-kr",
        "EUC_CN" => "gb2312",
        _ => null,
    };
}
