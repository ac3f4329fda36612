using System.Security.Cryptography;
using Microsoft.IdentityModel.Tokens;

namespace CdrApi.Security;

/// <summary>
/// Whose tokens are accepted (RFC 9068, RFC 8725), and what their claims mean. Section <c>Security:Jwt</c>; read at start.
/// </summary>
public sealed class JwtOptions
{
    /// <summary>Signatures that only the issuer can make. A shared secret, and none at all, are never accepted.</summary>
    private static readonly string[] Asymmetric =
        ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512"];

    /// <summary>
    /// The OpenID provider's address, such as <c>https://login.example.com/realms/telecom</c>: its discovery document names the
    /// issuer and its keys. https, or http on loopback. Empty = none.
    /// </summary>
    public string Authority { get; set; } = "";

    /// <summary>The issuer's public keys, where there is no discovery; in place of <see cref="Authority"/>.</summary>
    public List<JwtPublicKeyOptions> PublicKeys { get; set; } = [];

    /// <summary>What <c>iss</c> must be. Empty: as the discovery document says; required with <see cref="PublicKeys"/>.</summary>
    public string Issuer { get; set; } = "";

    /// <summary>What <c>aud</c> must have: the name of this service with the issuer. Required.</summary>
    public string Audience { get; set; } = "";

    /// <summary>The accepted <c>alg</c>. Empty = all of RS, PS and ES with 256, 384 and 512 bits.</summary>
    public List<string> Algorithms { get; set; } = [];

    /// <summary>The claim with the caller's id, which stands in the log. Default <c>sub</c>.</summary>
    public string SubjectClaim { get; set; } = "sub";

    /// <summary>The claim with the scopes: text with blanks, or a list. Default <c>scope</c>.</summary>
    public string ScopeClaim { get; set; } = "scope";

    /// <summary>The claim with the accounts (i_account): a number or a list. Default <c>i_account</c>.</summary>
    public string AccountClaim { get; set; } = "i_account";

    /// <summary>The claim with the customers (i_customer): a number or a list. Default <c>i_customer</c>.</summary>
    public string CustomerClaim { get; set; } = "i_customer";

    /// <summary>The issuer's names for scopes: <c>"noc-team": "cdrs:read:all"</c>. The scopes' own names always hold.</summary>
    public Dictionary<string, string> Scopes { get; set; } = [];

    /// <summary>How far the issuer's clock may be off. 0 to 5 minutes, default 30 s.</summary>
    public TimeSpan ClockSkew { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>The issuer's keys are read again for a token with an unknown key, at most once in this time. 1 s to 1 h, default 30 s.</summary>
    public TimeSpan KeyRefresh { get; set; } = TimeSpan.FromSeconds(30);

    internal bool IsConfigured => Authority.Length > 0 || PublicKeys.Count > 0;

    internal IReadOnlyList<string> AcceptedAlgorithms => Algorithms.Count > 0 ? Algorithms : Asymmetric;

    internal IEnumerable<string> Faults()
    {
        if (!IsConfigured)
        {
            yield break;
        }

        const string at = "Security:Jwt";
        if (Authority.Length > 0 && PublicKeys.Count > 0)
        {
            yield return $"{at} has an Authority and PublicKeys: keep one of them.";
        }

        if (Authority.Length > 0 && !(Uri.TryCreate(Authority, UriKind.Absolute, out var uri)
            && (uri.Scheme == Uri.UriSchemeHttps || (uri.Scheme == Uri.UriSchemeHttp && uri.IsLoopback))))
        {
            yield return $"{at}:Authority must be an https address (http on loopback only).";
        }

        if (PublicKeys.Count > 0 && Issuer.Length == 0)
        {
            yield return $"{at}:Issuer is required with PublicKeys.";
        }

        if (Audience.Length == 0)
        {
            yield return $"{at}:Audience is required: without it a token for any other service would be accepted.";
        }

        if (AcceptedAlgorithms.Except(Asymmetric, StringComparer.Ordinal).ToList() is { Count: > 0 } others)
        {
            yield return $"{at}:Algorithms has {string.Join(", ", others)}; it may have {string.Join(", ", Asymmetric)}.";
        }

        if (Scopes.Values.Except(CdrApi.Security.Scopes.All, StringComparer.Ordinal).ToList() is { Count: > 0 } unknown)
        {
            yield return $"{at}:Scopes leads to {string.Join(", ", unknown)}; it may lead to {string.Join(", ", CdrApi.Security.Scopes.All)}.";
        }

        if (ClockSkew < TimeSpan.Zero || ClockSkew > TimeSpan.FromMinutes(5))
        {
            yield return $"{at}:ClockSkew must be between 0 and 5 minutes.";
        }

        if (KeyRefresh < TimeSpan.FromSeconds(1) || KeyRefresh > TimeSpan.FromHours(1))
        {
            yield return $"{at}:KeyRefresh must be between 1 second and 1 hour.";
        }

        foreach (var (key, i) in PublicKeys.Select((key, i) => (key, i)))
        {
            if (key.Fault() is { } fault)
            {
                yield return $"{at}:PublicKeys:{i} {fault}";
            }
        }

        if (PublicKeys.GroupBy(k => k.Kid, StringComparer.Ordinal).FirstOrDefault(g => g.Count() > 1) is { } twice)
        {
            yield return $"{at}:PublicKeys has the Kid {twice.Key} more than once.";
        }
    }
}

/// <summary>A public key of an issuer.</summary>
public sealed class JwtPublicKeyOptions
{
    /// <summary>The key's name, as tokens say it in <c>kid</c>.</summary>
    public string Kid { get; set; } = "";

    /// <summary>The key as PEM (<c>BEGIN PUBLIC KEY</c>): RSA of at least 2048 bits, or an elliptic curve of NIST.</summary>
    public string Pem { get; set; } = "";

    internal SecurityKey ToKey()
    {
        var rsa = RSA.Create();
        try
        {
            rsa.ImportFromPem(Pem);
            return new RsaSecurityKey(rsa) { KeyId = Kid };
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException)
        {
            rsa.Dispose();
            var curve = ECDsa.Create();
            curve.ImportFromPem(Pem);
            return new ECDsaSecurityKey(curve) { KeyId = Kid };
        }
    }

    internal string? Fault()
    {
        if (Kid.Length == 0)
        {
            return "has no Kid: the name of the key, as tokens say it.";
        }

        if (Pem.Contains("PRIVATE KEY", StringComparison.Ordinal))
        {
            return "has a private key in Pem. Take it out of the configuration; the public one is enough: openssl pkey -pubout";
        }

        try
        {
            return ToKey().KeySize < 2048 && ToKey() is RsaSecurityKey ? "has an RSA key of fewer than 2048 bits." : null;
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException)
        {
            return "has no public key in Pem: it must be PEM that begins with -----BEGIN PUBLIC KEY-----.";
        }
    }
}
