namespace CdrApi.Cdrs;

/// <summary>The key of one CDR in the order of every list.</summary>
/// <param name="ConnectTime">Microseconds since 2000-01-01 UTC, PostgreSQL's own count; null where the CDR has none.</param>
/// <param name="ICdr">What tells CDRs of one moment apart.</param>
internal readonly record struct CdrPosition(long? ConnectTime, long ICdr);
