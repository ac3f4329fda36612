namespace CdrApi.Database;

/// <summary>Who takes turns with whom for the standbys' and the service's cores.</summary>
internal enum Lane
{
    /// <summary>At once.</summary>
    Page,

    /// <summary>Slices of large lists, in batches too: short, so that turns come soon.</summary>
    Bulk,

    /// <summary>Statistics and counts: a statement over all that the filter has.</summary>
    Statement,
}

/// <summary>Requirements of one read.</summary>
/// <param name="Accounts">Whose CDRs it may see in any case, for row-level security; null = all.</param>
/// <param name="Credential">Whose read it is: asked again when it has been read.</param>
/// <param name="MaxStaleness">How far behind the standby may be; null = as far as the rotation allows.</param>
/// <param name="Lane">Whose turns it takes.</param>
internal sealed record ReadTerms(IReadOnlyList<long>? Accounts, ICredential Credential, TimeSpan? MaxStaleness, Lane Lane)
{
    /// <summary>Of the service's own reads: they see all CDRs, and nobody is told any of them.</summary>
    public static ReadTerms OfService { get; } = new(null, new ServiceCredential(), null, Lane.Page);

    /// <summary>Whether the client has a part of the answer: then it waits for its turn as long as it takes.</summary>
    public bool HasBegun { get; init; }

    private sealed class ServiceCredential : ICredential
    {
        public ValueTask<bool> HoldsAsync() => ValueTask.FromResult(true);
    }
}
