using System.Collections.Concurrent;
using System.Text;
using Npgsql;

namespace CdrApi.Database;

/// <summary>
/// How a database writes text. In UTF-8 every value can be sent. In another encoding PostgreSQL fails at a byte that has no character, so the bytes
/// are read as they are and become text here; what is no character is U+FFFD then. SQL_ASCII says nothing: its bytes are taken for UTF-8. An encoding
/// that .NET does not know, or knows otherwise, is left to PostgreSQL.
/// </summary>
internal sealed class TextEncoding
{
    private static readonly ConcurrentDictionary<string, TextEncoding> All = new(StringComparer.Ordinal);

    private readonly Encoding? _encoding;
    private readonly Encoding? _strict;

    private TextEncoding(string name, Encoding? encoding)
    {
        (Name, _encoding) = (name, encoding);
        IsUtf8 = encoding is null && name != "SQL_ASCII";
        _strict = encoding is null ? null : Encoding.GetEncoding(encoding.CodePage, EncoderFallback.ExceptionFallback, DecoderFallback.ExceptionFallback);
    }

    public static TextEncoding Utf8 { get; } = Of("UTF8");

    /// <summary>PostgreSQL's name.</summary>
    public string Name { get; }

    /// <summary>Whether text comes as UTF-8, by nature or since PostgreSQL converts it.</summary>
    public bool IsUtf8 { get; }

    /// <summary>That of the database of a connection.</summary>
    public static TextEncoding Of(NpgsqlConnection connection) => Of(connection.PostgresParameters["server_encoding"]);

    /// <summary>SQL that reads a text so that it does not fail.</summary>
    public string Read(string text) => IsUtf8 ? text : $"convert_to({text}, 'SQL_ASCII')";

    /// <summary>The same as bytes in any case.</summary>
    public string ReadBytes(string text) => IsUtf8 ? $"convert_to({text}, 'UTF8')" : Read(text);

    /// <summary>The text of bytes that were read, in UTF-8; those of SQL_ASCII may be none.</summary>
    public byte[] ToUtf8(byte[] read) => _encoding is null ? read : Encoding.Convert(_encoding, Encoding.UTF8, read);

    /// <inheritdoc cref="ToUtf8(byte[])"/>
    public ReadOnlySpan<byte> ToUtf8(ReadOnlySpan<byte> read) => _encoding is null ? read : Encoding.UTF8.GetBytes(_encoding.GetString(read));

    /// <summary>Whether a value of the database can be this text.</summary>
    public bool CanHold(string text)
    {
        try
        {
            _ = _strict?.GetByteCount(text);
            return true;
        }
        catch (EncoderFallbackException)
        {
            return false;
        }
    }

    private static TextEncoding Of(string name) => All.GetOrAdd(name, _ =>
    {
        Encoding.RegisterProvider(CodePagesEncodingProvider.Instance);
        return new TextEncoding(name, Known(name) is { } known
            ? Encoding.GetEncoding(known, EncoderFallback.ReplacementFallback, new DecoderReplacementFallback("\uFFFD")) : null);
    });

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
        _ => null,
    };
}
