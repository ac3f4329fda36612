using CdrApi.Database;

namespace CdrApi.Security;

/// <summary>Keeps sessions until they end.</summary>
internal interface ISessionStore
{
    /// <summary>False where its owner has as many already.</summary>
    Task<bool> TryAddAsync(Session session, int most);

    Task<Session?> FindAsync(string id);

    /// <summary>The first begun first.</summary>
    Task<IReadOnlyList<Session>> OfOwnerAsync(string owner);

    /// <summary>False where it was gone already.</summary>
    Task<bool> RemoveAsync(Session session);
}

/// <summary>The store does not answer, so that nothing is known of any session.</summary>
internal sealed class SessionStoreException(Exception cause) : CredentialUnknownException("The session store does not answer.", cause);
