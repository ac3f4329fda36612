using System.Security.Cryptography;
using Microsoft.Extensions.Options;

namespace CdrApi.Security;

/// <summary>
/// Begins, finds and ends sessions. A session may do what its key may do now: it ends with its key, and when the key no longer reaches
/// what the session was narrowed to.
/// </summary>
internal sealed class Sessions(ISessionStore store, ApiKeys keys, IOptions<SessionOptions> options, TimeProvider time)
{
    private const int IdBytes = 12;

    public TimeSpan Lifetime => options.Value.Lifetime;

    /// <summary>Null where the key has as many sessions as it may.</summary>
    public async Task<(Session Session, string Token)?> BeginAsync(ApiKey key, IReadOnlyList<long>? accounts, TimeSpan lifetime)
    {
        var id = RandomNumberGenerator.GetHexString(IdBytes * 2, lowercase: true);
        var token = CredentialText.Session.New(id);
        var created = time.GetUtcNow();
        var expires = created + lifetime;
        var session = new Session(id, CredentialText.HashOf(token), key.Id, key.Hash, accounts, created, key.Expires < expires ? key.Expires.Value : expires);
        return await store.TryAddAsync(session, options.Value.MaxPerKey) ? (session, token) : null;
    }

    /// <summary>Null for a token that is unknown, revoked or expired, and when its key is.</summary>
    public async Task<(Session Session, ApiKey Key)?> FindAsync(string token)
    {
        if (CredentialText.Session.IdOf(token) is not { } id || await store.FindAsync(id) is not { } session
            || !CryptographicOperations.FixedTimeEquals(CredentialText.HashOf(token), session.Hash) || time.GetUtcNow() >= session.Expires)
        {
            return null;
        }

        return keys.Current(session.KeyId) is { } key && IsOf(session, key) ? (session, key) : null;
    }

    public async Task<IReadOnlyList<Session>> OfAsync(ApiKey key) =>
        [.. (await store.OfOwnerAsync(Session.OwnerOf(key.Id, key.Hash))).Where(session => time.GetUtcNow() < session.Expires)];

    /// <summary>False where the key has no such session.</summary>
    public async Task<bool> RevokeAsync(ApiKey key, string id) =>
        await store.FindAsync(id) is { } session && session.KeyId == key.Id && IsOf(session, key) && await store.RemoveAsync(session);

    private static bool IsOf(Session session, ApiKey key) => CryptographicOperations.FixedTimeEquals(session.KeyHash, key.Hash);
}
