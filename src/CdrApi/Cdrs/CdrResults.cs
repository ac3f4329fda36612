using System.Text;

namespace CdrApi.Cdrs;

/// <summary>A result code, or a range of them: what it means, and the category that it counts to.</summary>
internal sealed record CdrResult(long From, long To, string Category, string Meaning);

/// <summary>
/// The result catalogue: <c>result_category</c>, its filter and its groups are made from it. 0 and below are
/// Sippy's own codes, 400 and above SIP statuses of the far end. A code that is not here has no category.
/// </summary>
internal static class CdrResults
{
    public static IReadOnlyList<CdrResult> All { get; } =
    [
        One(0, "success", "success; cancelled by the caller when duration is 0"),
        One(200, "success", "success"),
        One(-1, "translation", "rejected by the external translator"),
        One(-2, "protocol", "INVITE without a body"),
        One(-5, "protocol", "malformed SDP"),
        One(-6, "protocol", "unsupported content type"),
        One(-3, "account", "account expired"),
        One(-17, "account", "account in use"),
        One(-4, "capacity", "capacity limit of the connection"),
        One(-16, "capacity", "session limit of the system"),
        One(-32, "capacity", "session limit of the customer"),
        One(-34, "capacity", "session limit of the authentication rule"),
        One(-7, "media", "no acceptable codec"),
        new(-11, -8, "translation", "invalid translation rule"),
        One(-13, "translation", "invalid translation rule"),
        One(-27, "translation", "invalid translation rule"),
        One(-29, "translation", "invalid translation rule"),
        new(-36, -35, "translation", "invalid translation rule"),
        One(-12, "session", "no session to bind to"),
        One(-14, "billing", "no rate in the tariff"),
        One(-20, "billing", "insufficient balance"),
        One(-22, "billing", "no rate in the customer's tariff"),
        One(-15, "routing", "call loop"),
        One(-21, "routing", "forbidden destination"),
        One(-25, "routing", "no routes"),
        new(-19, -18, "rate_limiting", "limit of calls per second"),
        One(-26, "rate_limiting", "limit of calls per second"),
        One(-31, "rate_limiting", "limit of calls per second"),
        One(-33, "rate_limiting", "limit of calls per second"),
        One(-23, "quality", "loss protection"),
        One(-24, "addressing", "address incomplete"),
        One(-28, "compliance", "number called is in a do-not-call list"),
        One(-37, "compliance", "number calling is in a do-not-call list"),
        One(-30, "caller", "cancelled by the caller"),
        new(400, 499, "client_error", "SIP client error of the far end"),
        new(500, 599, "server_error", "SIP server error of the far end"),
        new(600, 699, "global_failure", "SIP global failure of the far end"),
    ];

    public static IReadOnlyList<string> Categories { get; } = [.. All.Select(r => r.Category).Distinct()];

    // Every code of the catalogue is within these.
    private const int Lowest = -64;
    private const int Highest = 700;

    private static readonly byte[]?[] ByCode = [.. Enumerable.Range(Lowest, Highest - Lowest)
        .Select(code => All.FirstOrDefault(r => r.From <= code && code <= r.To) is { } result ? Encoding.UTF8.GetBytes(result.Category) : null)];

    /// <summary>Every code of the catalogue, each once.</summary>
    public static IReadOnlyList<long> Codes { get; } =
        [.. Enumerable.Range(Lowest, Highest - Lowest).Where(code => CategoryOf(code) is not null).Select(code => (long)code)];

    /// <summary>What each of them counts to, in the same order.</summary>
    public static IReadOnlyList<string> CategoriesOfCodes { get; } = [.. Codes.Select(code => All.First(r => r.From <= code && code <= r.To).Category)];

    /// <summary>As UTF-8; null for a code that is not in the catalogue.</summary>
    public static byte[]? CategoryOf(long code) => code is >= Lowest and < Highest ? ByCode[code - Lowest] : null;

    private static CdrResult One(long code, string category, string meaning) => new(code, code, category, meaning);
}
