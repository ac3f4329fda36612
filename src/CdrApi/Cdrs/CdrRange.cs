namespace CdrApi.Cdrs;

/// <summary>The date range of a request, and its zone.</summary>
/// <param name="Start">Inclusive; null = none.</param>
/// <param name="End">Exclusive; null = none.</param>
/// <param name="Zone">An IANA name.</param>
internal readonly record struct CdrRange(DateTimeOffset? Start, DateTimeOffset? End, string Zone);
