using System.Net;
using CdrApi.Database;

namespace CdrApi.Security;

/// <summary>An API key as it was when the request began.</summary>
internal sealed class KeyCredential(ApiKeys keys, ApiKey key, IPAddress? from) : ICredential
{
    public ValueTask<bool> HoldsAsync() =>
        ValueTask.FromResult(keys.Current(key.Id) is { } now && (ReferenceEquals(now, key) || (now.Covers(key) && now.IsAllowedFrom(from))));
}
