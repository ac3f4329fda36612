using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Options;

namespace CdrApi.Security;

/// <summary>The configured keys, looked up by id and compared by hash in constant time.</summary>
internal sealed class ApiKeys(IOptions<SecurityOptions> options)
{
    private const string Prefix = "cdr_";
    private const int LongestKey = 512;
    private static readonly byte[] NoHash = new byte[SHA256.HashSizeInBytes];

    public ApiKeyOptions? Find(string text)
    {
        var end = text.Length <= LongestKey && text.StartsWith(Prefix, StringComparison.Ordinal) ? text.IndexOf('_', Prefix.Length) : -1;
        if (end < 0)
        {
            return null;
        }

        var id = text[Prefix.Length..end];
        var key = options.Value.ApiKeys.Find(k => string.Equals(k.Id, id, StringComparison.Ordinal));
        // An unknown id costs as much as a wrong secret.
        var expected = key is null ? NoHash : Convert.FromHexString(key.Sha256);
        var same = CryptographicOperations.FixedTimeEquals(SHA256.HashData(Encoding.UTF8.GetBytes(text)), expected);
        return same ? key : null;
    }
}
