using System.Text.Json.Serialization;

namespace CdrApi.Security;

/// <summary>A token that an API key was turned into, for a short time.</summary>
/// <param name="Id">Names it to its owner; part of the token, and no secret.</param>
/// <param name="Hash">SHA-256 of the token.</param>
/// <param name="KeyId">Whose it is.</param>
/// <param name="KeyHash">The hash of that key: another key with the same id does not own it.</param>
/// <param name="Accounts">What it is narrowed to; null = all that the key reaches.</param>
/// <param name="Created">When it began.</param>
/// <param name="Expires">The moment from which it is refused.</param>
internal sealed record Session(
    string Id, byte[] Hash, string KeyId, byte[] KeyHash, IReadOnlyList<long>? Accounts, DateTimeOffset Created, DateTimeOffset Expires)
{
    /// <summary>Whose it is: another key with the same id is another owner.</summary>
    [JsonIgnore]
    public string Owner => OwnerOf(KeyId, KeyHash);

    public static string OwnerOf(string keyId, byte[] keyHash) => $"{keyId}:{Convert.ToHexStringLower(keyHash)}";
}
