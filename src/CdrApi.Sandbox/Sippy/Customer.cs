namespace CdrSandbox.Sippy;

/// <summary>A row of customers: a reseller, and the one it buys from.</summary>
internal sealed record Customer(long Id, string Name, Customer? Wholesaler);
