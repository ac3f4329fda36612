namespace CdrApi.Database;

/// <summary>What a read asks of the connection that it gets.</summary>
/// <param name="Accounts">Whose CDRs it may see in any case, for row-level security; null = all.</param>
/// <param name="MaxStaleness">How far behind the standby may be; null = as far as the rotation allows.</param>
/// <param name="IsBulk">Whether it is in the bulk lane, and waits its turn.</param>
internal sealed record ReadTerms(IReadOnlyList<long>? Accounts, TimeSpan? MaxStaleness, bool IsBulk);
