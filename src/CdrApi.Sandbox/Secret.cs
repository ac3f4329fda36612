using System.Security.Cryptography;

namespace CdrSandbox;

internal static class Secret
{
    /// <summary>32 random bytes, in hexadecimal.</summary>
    public static string Next() => Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32));
}
