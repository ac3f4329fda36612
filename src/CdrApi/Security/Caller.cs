using System.Globalization;
using System.Security.Claims;

namespace CdrApi.Security;

/// <summary>Who asks, and what they may see.</summary>
/// <param name="Id">The credential's id, as it stands in the log.</param>
/// <param name="Accounts">The accounts that the caller may see; null = all.</param>
internal sealed record Caller(string Id, IReadOnlyList<long>? Accounts)
{
    public const string IdClaim = "sub";
    public const string ScopeClaim = "scope";
    public const string AccountClaim = "i_account";

    public bool MaySee(long account) => Accounts is null || Accounts.Contains(account);

    /// <summary>The accounts to ask for: those named, else all that the caller may see; null = no limit.</summary>
    public IReadOnlyList<long>? Narrow(IReadOnlyList<long>? named) => named ?? Accounts;

    public static Caller From(ClaimsPrincipal user)
    {
        var id = user.FindFirstValue(IdClaim) ?? throw new InvalidOperationException("An authenticated caller has an id.");
        return user.HasClaim(ScopeClaim, Scopes.CdrsReadAll)
            ? new Caller(id, null)
            : new Caller(id, [.. user.FindAll(AccountClaim).Select(c => long.Parse(c.Value, CultureInfo.InvariantCulture)).Distinct().Order()]);
    }

    /// <summary>Lets a handler take the caller as a parameter.</summary>
    public static ValueTask<Caller?> BindAsync(HttpContext http) => ValueTask.FromResult<Caller?>(From(http.User));
}
