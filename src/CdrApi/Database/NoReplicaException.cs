namespace CdrApi.Database;

/// <summary>No standby in rotation took a connection: 503 before the first byte, an aborted body after it.</summary>
internal sealed class NoReplicaException(Exception? inner)
    : Exception("No standby is in rotation and reachable.", inner);

/// <summary>Standbys are in rotation, but none is as fresh as was asked for.</summary>
internal sealed class TooStaleException() : Exception("No standby is fresh enough.");
