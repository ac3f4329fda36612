using CdrApi.Database;

namespace CdrApi.Security;

/// <summary>A token of the identity provider: it holds until its end, which nobody can bring forward.</summary>
internal sealed class TokenCredential(DateTimeOffset end, TimeSpan skew, TimeProvider time) : ICredential
{
    public ValueTask<bool> HoldsAsync() => ValueTask.FromResult(time.GetUtcNow() - skew < end);
}
