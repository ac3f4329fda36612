namespace CdrSandbox.Sippy;

/// <summary>A row of cdrs_connections: one vendor that was asked to carry the call.</summary>
internal sealed record VendorAttempt(
    long Id, long CallId, long ConnectionId, string? Cli, string? Cld, double Cost, long Result,
    DateTime? SetupTime, DateTime? ConnectTime, DateTime? DisconnectTime, double? Pdd100, string VendorName);
