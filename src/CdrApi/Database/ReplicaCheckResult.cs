namespace CdrApi.Database;

/// <summary>What the checks last said of a replica.</summary>
internal enum ReplicaCheckResult
{
    /// <summary>Not checked since it was last out of reach: it is not read from.</summary>
    Unknown,

    /// <summary>It passes all of them.</summary>
    Passed,

    /// <summary>It fails one, has passed all in the life of this process, and can answer most requests.</summary>
    Impaired,

    /// <summary>It fails one, and has passed all in the life of this process: it is read from only while no other passes.</summary>
    Failing,

    /// <summary>It has never passed all in the life of this process: it is not read from.</summary>
    Refused,
}
