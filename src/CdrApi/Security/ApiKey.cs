using System.Globalization;
using System.Net;
using System.Security.Claims;
using System.Security.Cryptography;
using CdrApi.Http;

namespace CdrApi.Security;

/// <summary>A key in use.</summary>
/// <param name="Id">As it stands in the log.</param>
/// <param name="Hash">SHA-256 of the key's text.</param>
/// <param name="Scopes">See <see cref="Security.Scopes"/>.</param>
/// <param name="Accounts">With cdrs:read: what it reaches.</param>
/// <param name="Customers">With cdrs:read: whose accounts it reaches too.</param>
/// <param name="Expires">The moment from which it is refused; null = never.</param>
/// <param name="Networks">Where it may be used from; none = anywhere.</param>
/// <param name="HiddenFields">What it does not see.</param>
/// <param name="MaskedFields">What it sees without the last digits.</param>
internal sealed record ApiKey(
    string Id, byte[] Hash, IReadOnlyList<string> Scopes, IReadOnlyList<long> Accounts, IReadOnlyList<long> Customers,
    DateTimeOffset? Expires, IReadOnlyList<IPNetwork> Networks, IReadOnlyList<string> HiddenFields, IReadOnlyList<string> MaskedFields)
{
    /// <summary>From options that are valid.</summary>
    public static ApiKey From(ApiKeyOptions options) => new(
        options.Id, Convert.FromHexString(options.Sha256), options.Scopes, options.Accounts, options.Customers,
        Rfc3339.TryParse(options.Expires ?? "", out DateTimeOffset expires) ? expires : null, [.. options.Networks.Select(n => IPNetwork.Parse(n))],
        options.HiddenFields, options.MaskedFields);

    /// <summary>Those of <see cref="Caller"/>.</summary>
    public IEnumerable<Claim> ToClaims() =>
    [
        new Claim(Caller.IdClaim, Id),
        .. Scopes.Select(scope => new Claim(Caller.ScopeClaim, scope)),
        .. Accounts.Select(a => new Claim(Caller.AccountClaim, a.ToString(CultureInfo.InvariantCulture))),
        .. Customers.Select(c => new Claim(Caller.CustomerClaim, c.ToString(CultureInfo.InvariantCulture))),
        .. HiddenFields.Select(field => new Claim(Caller.HiddenFieldClaim, field)),
        .. MaskedFields.Select(field => new Claim(Caller.MaskedFieldClaim, field)),
    ];

    /// <summary>Whether it is good for all that another state of it was good for.</summary>
    public bool Covers(ApiKey before) => ShowsWhat(before) && before.Scopes.All(Has)
        && (Has(Security.Scopes.CdrsReadAll) || (before.Accounts.All(Accounts.Contains) && before.Customers.All(Customers.Contains)));

    /// <summary>Whether it is the same key, and shows each field that another state of it showed.</summary>
    public bool ShowsWhat(ApiKey before) => CryptographicOperations.FixedTimeEquals(Hash, before.Hash)
        && HiddenFields.All(before.HiddenFields.Contains) && MaskedFields.All(field => before.MaskedFields.Contains(field) || before.HiddenFields.Contains(field));

    public bool IsExpired(DateTimeOffset now) => now >= Expires;

    public bool IsAllowedFrom(IPAddress? address) =>
        Networks.Count == 0 || (address is not null && Networks.Any(n => n.Contains(address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address)));

    // Every account is more than those that are named.
    private bool Has(string scope) =>
        Scopes.Contains(scope) || (scope == Security.Scopes.CdrsRead && Scopes.Contains(Security.Scopes.CdrsReadAll));
}
