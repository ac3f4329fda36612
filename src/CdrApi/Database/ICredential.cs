namespace CdrApi.Database;

/// <summary>What a caller was authenticated by. It is asked again with each read, so that it ends what it began.</summary>
internal interface ICredential
{
    /// <summary>Whether it is still good for all that it was good for when the request began.</summary>
    ValueTask<bool> HoldsAsync();
}

/// <summary>Whether a credential holds cannot be told at the moment.</summary>
internal abstract class CredentialUnknownException(string message, Exception cause) : Exception(message, cause);

/// <summary>The credential was withdrawn, narrowed or has expired: 401 before the first byte, an aborted body after it.</summary>
internal sealed class CredentialEndedException() : Exception("The credential does not hold any more.");
