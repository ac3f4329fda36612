using System.Globalization;
using System.Security.Claims;
using Microsoft.AspNetCore.Authentication.JwtBearer;

namespace CdrApi.Security;

/// <summary>From the claims of an issuer to those of <see cref="Caller"/>.</summary>
internal static class JwtClaims
{
    private const int LongestSubject = 128;

    /// <summary>Null, and why, for a token that was well signed and means nothing here.</summary>
    /// <param name="token">With the issuer's claims.</param>
    /// <param name="namesAccounts">Whether it has a claim with accounts or customers, of which an empty list leaves no trace.</param>
    /// <param name="options">What the claims mean.</param>
    /// <param name="fault">Why it means nothing.</param>
    public static ClaimsPrincipal? Map(ClaimsPrincipal token, bool namesAccounts, JwtOptions options, out string? fault)
    {
        var subject = token.FindFirst(options.SubjectClaim)?.Value;
        fault = subject is null or "" ? $"it has no {options.SubjectClaim}"
            : subject.Length > LongestSubject || subject.Any(char.IsControl) ? $"its {options.SubjectClaim} is no name for a log"
            : null;
        var accounts = Ids(options.AccountClaim, ref fault);
        var customers = Ids(options.CustomerClaim, ref fault);
        if (fault is not null)
        {
            return null;
        }

        var scopes = token.FindAll(options.ScopeClaim)
            .SelectMany(claim => claim.Value.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .Select(name => options.Scopes.GetValueOrDefault(name) ?? name)
            .Where(Scopes.All.Contains)
            .ToHashSet(StringComparer.Ordinal);
        if (accounts.Count + customers.Count == 0)
        {
            // It reaches no account: refused for want of scope, which says more than an empty list.
            scopes.Remove(Scopes.CdrsRead);
            if (namesAccounts)
            {
                // An empty list is no account, not every account.
                scopes.Remove(Scopes.CdrsReadAll);
            }
        }
        else if (scopes.Remove(Scopes.CdrsReadAll))
        {
            // What names accounts is bound to them.
            scopes.Add(Scopes.CdrsRead);
        }

        return new ClaimsPrincipal(new ClaimsIdentity(
        [
            new Claim(Caller.IdClaim, subject!),
            .. scopes.Select(scope => new Claim(Caller.ScopeClaim, scope)),
            .. accounts.Select(id => Number(Caller.AccountClaim, id)),
            .. customers.Select(id => Number(Caller.CustomerClaim, id)),
        ], JwtBearerDefaults.AuthenticationScheme));

        List<long> Ids(string name, ref string? fault)
        {
            var ids = new List<long>();
            foreach (var claim in token.FindAll(name))
            {
                if (long.TryParse(claim.Value, NumberStyles.None, CultureInfo.InvariantCulture, out var id))
                {
                    ids.Add(id);
                }
                else
                {
                    fault = $"its {name} is no whole number";
                }
            }

            return ids;
        }
    }

    private static Claim Number(string type, long id) => new(type, id.ToString(CultureInfo.InvariantCulture));
}
