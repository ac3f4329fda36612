namespace CdrSandbox.Sippy;

/// <summary>A row of cdrs_customers: what one level of the reseller chain pays.</summary>
internal sealed record CustomerCharge(long Id, long CdrId, long CallId, long CustomerId, long? WholesalerId, double? Cost);
