using System.Collections.Frozen;
using System.Globalization;
using System.Security.Claims;
using CdrApi.Database;
using Microsoft.AspNetCore.Http.Features;

namespace CdrApi.Security;

/// <summary>Who asks, and what they may see.</summary>
/// <param name="Id">The credential's id, as it stands in the log.</param>
/// <param name="Accounts">The accounts that the caller may see, ascending; null = all.</param>
/// <param name="Reach">What the credential names, with commas: the same while the accounts below a customer come and go.</param>
/// <param name="Credential">What the caller was authenticated by.</param>
/// <param name="Audit">Of the request.</param>
internal sealed record Caller(string Id, IReadOnlyList<long>? Accounts, string Reach, ICredential Credential, AuditRecord Audit)
{
    public const string IdClaim = "sub";
    public const string SessionClaim = "sid";
    public const string ScopeClaim = "scope";
    public const string AccountClaim = "i_account";
    public const string CustomerClaim = "i_customer";
    public const string HiddenFieldClaim = "hidden_field";
    public const string MaskedFieldClaim = "masked_field";

    /// <summary>Fields that there are none of for this caller.</summary>
    public IReadOnlySet<string> HiddenFields { get; private init; } = FrozenSet<string>.Empty;

    /// <summary>Text fields that it sees without the last digits.</summary>
    public IReadOnlySet<string> MaskedFields { get; private init; } = FrozenSet<string>.Empty;

    private readonly HashSet<long>? _accounts = Accounts?.ToHashSet();

    public bool MaySee(long account) => _accounts is null || _accounts.Contains(account);

    /// <summary>The accounts to ask for: those named, else all that the caller may see; null = no limit.</summary>
    public IReadOnlyList<long>? Narrow(IReadOnlyList<long>? named) => named ?? Accounts;

    /// <summary>Whether these claims reach an account.</summary>
    public static bool Reaches(ClaimsPrincipal user, AccountTree tree, IEnumerable<long> accounts) =>
        user.HasClaim(ScopeClaim, Scopes.CdrsReadAll)
        || (user.HasClaim(ScopeClaim, Scopes.CdrsRead) && AccountsOf(user, tree) is var reached && accounts.All(reached.Contains));

    public static Caller From(ClaimsPrincipal user, AccountTree tree, ICredential credential, AuditRecord audit)
    {
        var id = user.FindFirstValue(IdClaim) ?? throw new InvalidOperationException("An authenticated caller has an id.");
        var caller = user.HasClaim(ScopeClaim, Scopes.CdrsReadAll)
            ? new Caller(id, null, "*", credential, audit)
            : new Caller(id,
                [.. AccountsOf(user, tree)],
                string.Join(',', Ids(user, AccountClaim).Select(a => $"{a}").Concat(Ids(user, CustomerClaim).Select(c => $"customer {c}"))),
                credential, audit);
        return caller with { HiddenFields = Texts(HiddenFieldClaim), MaskedFields = Texts(MaskedFieldClaim) };

        FrozenSet<string> Texts(string claim) => user.FindAll(claim).Select(c => c.Value).ToFrozenSet(StringComparer.Ordinal);
    }

    /// <summary>Lets a handler take the caller as a parameter.</summary>
    public static ValueTask<Caller?> BindAsync(HttpContext http) => ValueTask.FromResult<Caller?>(From(
        http.User,
        http.RequestServices.GetRequiredService<ReferenceData>().Current.Accounts,
        http.Features.GetRequiredFeature<ICredential>(),
        AuditRecord.Of(http)));

    private static SortedSet<long> AccountsOf(ClaimsPrincipal user, AccountTree tree) =>
        [.. Ids(user, AccountClaim), .. tree.AccountsBelow(Ids(user, CustomerClaim))];

    private static IEnumerable<long> Ids(ClaimsPrincipal user, string claim) =>
        user.FindAll(claim).Select(c => long.Parse(c.Value, CultureInfo.InvariantCulture)).Distinct().Order();
}
