using System.Security.Cryptography;
using System.Text;

namespace CdrApi.Security;

/// <summary>What a caller sends: <c>cdr_&lt;id&gt;_&lt;secret&gt;</c>.</summary>
internal static class ApiKeyText
{
    private const string Prefix = "cdr_";
    private const int Longest = 512;
    private const int SecretBytes = 32;

    /// <summary>A key that nobody has had before.</summary>
    public static string New(string id) => $"{Prefix}{id}_{RandomNumberGenerator.GetHexString(SecretBytes * 2, lowercase: true)}";

    /// <summary>Null where the text is no key.</summary>
    public static string? IdOf(string text) =>
        text.Length <= Longest && text.StartsWith(Prefix, StringComparison.Ordinal)
            && text.IndexOf('_', Prefix.Length) is var end and >= 0 ? text[Prefix.Length..end] : null;

    public static byte[] HashOf(string text) => SHA256.HashData(Encoding.UTF8.GetBytes(text));
}
