namespace CdrSandbox.Sippy;

/// <summary>A row of destinations, and how much traffic goes there.</summary>
internal sealed record Destination(string Prefix, string CountryIso, string Description, double Traffic);
