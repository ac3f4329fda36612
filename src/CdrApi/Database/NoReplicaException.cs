namespace CdrApi.Database;

/// <summary>No standby in rotation took a connection: 503 before the first byte, an aborted body after it.</summary>
internal sealed class NoReplicaException(Exception? inner)
    : Exception("No standby is in rotation and reachable.", inner);

/// <summary>Standbys are in rotation, but none is as fresh as was asked for.</summary>
internal sealed class TooStaleException() : Exception("No standby is fresh enough.");

/// <summary>What was read came from a server that is no standby any more: it is discarded, and asked again elsewhere.</summary>
internal sealed class PromotedException() : Exception("The standby was promoted.");

/// <summary>A column has another type than the checks found: what was read is not to be used. They are run again.</summary>
internal sealed class SourceChangedException() : Exception("The source has changed.");
