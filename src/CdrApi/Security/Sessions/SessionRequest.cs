using System.Globalization;
using System.Text.Json;
using CdrApi.Http;

namespace CdrApi.Security;

/// <summary>The body of <c>POST /auth/token</c>. Without one, the session reaches what the key reaches.</summary>
/// <param name="Accounts">What the session is narrowed to, ascending; null = not narrowed.</param>
/// <param name="Lifetime">How long it lasts.</param>
internal sealed record SessionRequest(IReadOnlyList<long>? Accounts, TimeSpan Lifetime)
{
    public const int MostAccounts = 1000;
    private const string Account = "i_account";
    private const string ExpiresIn = "expires_in";
    private const string Example = """Send {"i_account":14,"expires_in":300}, or no body.""";

    public static async Task<(SessionRequest? Request, Refusal? Refusal)> ReadAsync(HttpRequest request, TimeSpan longest) =>
        request.HttpContext.Features.Get<Microsoft.AspNetCore.Http.Features.IHttpRequestBodyDetectionFeature>() is { CanHaveBody: false }
            ? (new SessionRequest(null, longest), null)
            : await JsonBody.ReadAsync(request, body => Read(body, longest), Example);

    private static (SessionRequest?, Refusal?) Read(JsonElement body, TimeSpan longest)
    {
        var (accounts, lifetime) = ((List<long>?)null, longest);
        foreach (var member in body.EnumerateObject())
        {
            switch (member.Name)
            {
                case Account:
                    accounts = AccountsOf(member.Value);
                    if (accounts is null)
                    {
                        return Refuse(Account, string.Create(CultureInfo.InvariantCulture,
                            $"Must be a whole number from 0 to {long.MaxValue}, or a list of 1 to {MostAccounts} of them."));
                    }

                    break;
                case ExpiresIn:
                    if (member.Value.ValueKind != JsonValueKind.Number || !NumberText.TryParseInteger(member.Value.GetRawText(), out var seconds)
                        || seconds < 1 || seconds > longest.TotalSeconds)
                    {
                        return Refuse(ExpiresIn, string.Create(CultureInfo.InvariantCulture, $"Must be a whole number of seconds from 1 to {(int)longest.TotalSeconds}."));
                    }

                    lifetime = TimeSpan.FromSeconds(seconds);
                    break;
                default:
                    return Refuse(member.Name, $"Unknown member. {Example}");
            }
        }

        return (new SessionRequest(accounts, lifetime), null);
    }

    private static List<long>? AccountsOf(JsonElement value)
    {
        var elements = value.ValueKind == JsonValueKind.Array ? value.EnumerateArray().ToList() : [value];
        var accounts = elements.Where(e => e.ValueKind == JsonValueKind.Number)
            .Select(e => NumberText.TryParseInteger(e.GetRawText(), out var id) ? id : -1).Where(id => id >= 0).ToList();
        return accounts.Count == elements.Count && accounts.Count is > 0 and <= MostAccounts ? [.. accounts.Distinct().Order()] : null;
    }

    private static (SessionRequest?, Refusal?) Refuse(string name, string message) => (null, JsonBody.Refuse(name, message));
}
