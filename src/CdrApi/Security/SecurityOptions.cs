using System.Net;
using System.Text.RegularExpressions;
using CdrApi.Http;
using Microsoft.Extensions.Options;

namespace CdrApi.Security;

/// <summary>Who may call. Section <c>Security</c>.</summary>
public sealed class SecurityOptions
{
    public const string Section = "Security";

    /// <summary>The API keys. Without any, <see cref="Jwt"/> must say whose tokens are accepted.</summary>
    public List<ApiKeyOptions> ApiKeys { get; set; } = [];

    /// <summary>Tokens of an identity provider.</summary>
    public JwtOptions Jwt { get; set; } = new();

    /// <summary>
    /// Networks of the proxies whose X-Forwarded-For is believed, such as <c>127.0.0.1/32</c>. Empty: the caller is
    /// whoever connects.
    /// </summary>
    public List<string> TrustedProxies { get; set; } = [];

    /// <summary>Origins whose pages may call from a browser, such as <c>https://portal.example.com</c>. Empty = none.</summary>
    public List<string> CorsOrigins { get; set; } = [];
}

/// <summary>One API key, known by its hash.</summary>
public sealed class ApiKeyOptions
{
    /// <summary>The middle part of <c>cdr_&lt;id&gt;_&lt;secret&gt;</c>; it stands in the log. Letters, digits and hyphens.</summary>
    public string Id { get; set; } = "";

    /// <summary>SHA-256 of the whole key text, 64 hexadecimal digits.</summary>
    public string Sha256 { get; set; } = "";

    /// <summary><c>cdrs:read</c> for the accounts and customers below, or <c>cdrs:read:all</c> for every account.</summary>
    public List<string> Scopes { get; set; } = [];

    /// <summary>With <c>cdrs:read</c>: the accounts (i_account) whose CDRs the key may see.</summary>
    public List<long> Accounts { get; set; } = [];

    /// <summary>With <c>cdrs:read</c>: the customers (i_customer) whose accounts, and those of everybody who buys from them, the key may see.</summary>
    public List<long> Customers { get; set; } = [];

    /// <summary>From when on the key is refused: a date or date-time, UTC unless an offset says otherwise. Empty = never.</summary>
    public string? Expires { get; set; }

    /// <summary>Networks that the key may be used from, such as <c>192.0.2.0/24</c>. Empty = anywhere.</summary>
    public List<string> Networks { get; set; } = [];

    /// <summary>Fields that there are none of for this key, such as <c>cost</c>. Not i_cdr, i_call, i_account, connect_time, duration, result.</summary>
    public List<string> HiddenFields { get; set; } = [];

    /// <summary>Text fields whose last four digits this key sees as <c>*</c>, such as <c>cld</c>; it cannot filter by them.</summary>
    public List<string> MaskedFields { get; set; } = [];
}

internal sealed partial class SecurityOptionsValidator : IValidateOptions<SecurityOptions>
{
    public ValidateOptionsResult Validate(string? name, SecurityOptions options)
    {
        try
        {
            return Validate(options);
        }
        catch (Exception e) when (e is NullReferenceException or ArgumentNullException)
        {
            return ValidateOptionsResult.Fail("Security has null where a value or a list is meant. Leave such a member out, or write [] for no list.");
        }
    }

    private static ValidateOptionsResult Validate(SecurityOptions options)
    {
        var faults = new List<string>();
        if (options.ApiKeys.Count == 0 && !options.Jwt.IsConfigured)
        {
            faults.Add("Security:ApiKeys is empty and Security:Jwt names no Authority or PublicKeys, so nobody could call. Make a key with: CdrApi keys new");
        }

        foreach (var (key, i) in options.ApiKeys.Select((key, i) => (key, i)))
        {
            var at = $"Security:ApiKeys:{i}";
            Check(IdPattern().IsMatch(key.Id), $"{at}:Id must be letters, digits and hyphens, at most 64.");
            Check(HashPattern().IsMatch(key.Sha256), $"{at}:Sha256 must be 64 hexadecimal digits: printf %s \"$KEY\" | sha256sum");
            Check(key.Scopes.Count > 0 && key.Scopes.All(Scopes.All.Contains),
                $"{at}:Scopes must name at least one of {string.Join(", ", Scopes.All)}, and no other.");
            Check(!key.Scopes.Contains(Scopes.CdrsRead) || key.Accounts.Count + key.Customers.Count > 0 || key.Scopes.Contains(Scopes.CdrsReadAll),
                $"{at} has the scope cdrs:read, but no Accounts and no Customers. Name some, or give it cdrs:read:all.");
            Check(key.Accounts.Count + key.Customers.Count == 0 || !key.Scopes.Contains(Scopes.CdrsReadAll),
                $"{at} names Accounts or Customers and has cdrs:read:all: keep one of them.");
            Check(string.IsNullOrEmpty(key.Expires) || Rfc3339.TryParse(key.Expires, out DateTimeOffset _), $"{at}:Expires must be a date or a date-time, such as 2027-12-31.");
            Check(key.Networks.All(n => IPNetwork.TryParse(n, out _)), $"{at}:Networks must be networks, such as 192.0.2.0/24 or 192.0.2.7/32.");
        }

        foreach (var twice in options.ApiKeys.GroupBy(k => k.Id, StringComparer.Ordinal).Where(g => g.Count() > 1))
        {
            faults.Add($"Security:ApiKeys has the Id {twice.Key} more than once.");
        }

        faults.AddRange(options.Jwt.Faults());
        Check(options.TrustedProxies.All(n => IPNetwork.TryParse(n, out _)), "Security:TrustedProxies must be networks, such as 127.0.0.1/32.");
        Check(options.CorsOrigins.All(IsOrigin), "Security:CorsOrigins must be origins, such as https://portal.example.com: no path, no slash at the end, no *.");
        return faults.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(faults);

        void Check(bool good, string fault)
        {
            if (!good)
            {
                faults.Add(fault);
            }
        }
    }

    private static bool IsOrigin(string text) => Uri.TryCreate(text, UriKind.Absolute, out var uri)
        && (uri.Scheme == Uri.UriSchemeHttps || uri.Scheme == Uri.UriSchemeHttp) && uri.GetLeftPart(UriPartial.Authority) == text;

    [GeneratedRegex(@"^[A-Za-z0-9-]{1,64}\z")]
    private static partial Regex IdPattern();

    [GeneratedRegex(@"^[A-Fa-f0-9]{64}\z")]
    private static partial Regex HashPattern();
}
