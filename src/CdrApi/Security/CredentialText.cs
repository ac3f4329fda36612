using System.Security.Cryptography;
using System.Text;

namespace CdrApi.Security;

/// <summary>What a caller sends: <c>&lt;prefix&gt;&lt;id&gt;_&lt;secret&gt;</c>. Only its hash is kept.</summary>
internal sealed class CredentialText(string prefix)
{
    private const int Longest = 512;
    private const int SecretBytes = 32;

    public static CredentialText ApiKey { get; } = new("cdr_");

    public static CredentialText Session { get; } = new("cdrs_");

    public string Prefix => prefix;

    /// <summary>A text that nobody has had before.</summary>
    public string New(string id) => $"{prefix}{id}_{RandomNumberGenerator.GetHexString(SecretBytes * 2, lowercase: true)}";

    /// <summary>Null where the text is none of this kind.</summary>
    public string? IdOf(string text) =>
        text.Length <= Longest && text.StartsWith(prefix, StringComparison.Ordinal)
            && text.IndexOf('_', prefix.Length) is var end and >= 0 ? text[prefix.Length..end] : null;

    public static byte[] HashOf(string text) => SHA256.HashData(Encoding.UTF8.GetBytes(text));
}
