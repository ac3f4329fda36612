namespace CdrApi.Database;

/// <summary>Whether a replica is read from, published by the replica monitor as a whole.</summary>
/// <param name="InRotation">Whether queries are sent to it.</param>
/// <param name="Lag">How far it was behind when last measured; null when not known.</param>
/// <param name="Promotions">Promotions that connections had noticed before it was measured: one more makes this void.</param>
internal sealed record ReplicaStanding(bool InRotation, TimeSpan? Lag, int Promotions)
{
    public static ReplicaStanding Unknown { get; } = new(false, null, 0);
}
