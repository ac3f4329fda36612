using System.Security.Cryptography;
using System.Text;

namespace CdrSandbox;

/// <summary>A credential of the API, which is told only the hash of its text.</summary>
internal sealed record ApiKey(string Id, string Scope, long? Account = null)
{
    public string Text { get; } = $"cdr_{Id}_{Secret.Next()}";

    public string Sha256 => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Text)));
}
