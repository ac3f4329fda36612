using System.Net;
using CdrSandbox;

namespace CdrApi.Tests.Security;

/// <summary>Tokens of a real identity provider, with discovery and key rotation.</summary>
public sealed class TokenTests(TestSandbox sandbox, TokenServer tokens) : IClassFixture<TokenServer>
{
    private const string Audience = "cdrapi";

    [Fact]
    public async Task A_token_reaches_what_its_claims_say()
    {
        await using var api = await StartAsync();
        var account = sandbox.Sandbox.Account;

        var one = new ApiCaller(api.Url, await tokens.NewTokenAsync(new { aud = Audience, sub = "alice", scope = "openid cdrs:read", i_account = account }));
        (await one.GetRowsAsync("/cdrs?fields=i_account&limit=50")).Distinct().Should().Equal($"i_account={account}");
        await one.GetAsync($"/accounts/{account}/cdrs?limit=1");
        await one.GetAsync($"/accounts/{account + 1}/cdrs?limit=1", HttpStatusCode.Forbidden);

        var all = new ApiCaller(api.Url, await tokens.NewTokenAsync(new { aud = new[] { "other", Audience }, sub = "bob", scope = new[] { "cdrs:read:all" } }));
        (await all.GetRowsAsync("/cdrs?fields=i_account&limit=500")).Distinct().Count().Should().BeGreaterThan(5);

        // The issuer's own names for scopes, and several accounts.
        var mapped = new ApiCaller(api.Url, await tokens.NewTokenAsync(new { aud = Audience, sub = "carol", scope = "billing_team", i_account = new[] { account, account + 1 } }));
        await mapped.GetAsync($"/accounts/{account + 1}/cdrs?limit=1");
        await mapped.GetAsync($"/accounts/{account + 2}/cdrs?limit=1", HttpStatusCode.Forbidden);
        api.ReadLog().Should().Contain("\"Caller\":\"alice\"").And.Contain("\"Caller\":\"bob\"");
    }

    [Fact]
    public async Task A_good_token_that_reaches_nothing_is_forbidden()
    {
        await using var api = await StartAsync();

        foreach (var claims in new object[]
        {
            new { aud = Audience, sub = "alice" },
            new { aud = Audience, sub = "alice", scope = "openid profile" },
            new { aud = Audience, sub = "alice", scope = "cdrs:read" },
            new { aud = Audience, sub = "alice", scope = "ops:read" },
            new { aud = Audience, sub = "alice", scope = "cdrs:read:all", i_account = Array.Empty<long>() },
        })
        {
            await new ApiCaller(api.Url, await tokens.NewTokenAsync(claims)).GetAsync("/cdrs?limit=1", HttpStatusCode.Forbidden);
        }

        // What names accounts is bound to them, whatever else it says.
        var both = new ApiCaller(api.Url, await tokens.NewTokenAsync(new { aud = Audience, sub = "alice", scope = "cdrs:read:all", i_account = 14 }));
        (await both.GetRowsAsync("/cdrs?fields=i_account&limit=50")).Distinct().Should().Equal("i_account=14");
    }

    [Fact]
    public async Task A_token_without_a_usable_claim_is_refused()
    {
        await using var api = await StartAsync();

        foreach (var claims in new object[]
        {
            new { aud = Audience, scope = "cdrs:read:all" },
            new { aud = Audience, sub = "a\nb", scope = "cdrs:read:all" },
            new { aud = Audience, sub = "alice", scope = "cdrs:read", i_account = "14 OR 1=1" },
            new { aud = Audience, sub = "alice", scope = "cdrs:read", i_customer = -1 },
        })
        {
            await new ApiCaller(api.Url, await tokens.NewTokenAsync(claims)).GetAsync("/cdrs?limit=1", HttpStatusCode.Unauthorized);
        }
    }

    [Fact]
    public async Task Keys_of_the_issuer_rotate_without_a_restart()
    {
        await using var api = await StartAsync();
        var claims = new { aud = Audience, sub = "alice", scope = "cdrs:read:all" };
        var first = await tokens.NewTokenAsync(claims);
        (await StatusAsync(api, first)).Should().Be(HttpStatusCode.OK);

        await tokens.OrderAsync("addKey");
        var second = await tokens.NewTokenAsync(claims);
        await Eventually.BecomesTrueAsync(async () => await StatusAsync(api, second) == HttpStatusCode.OK);
        (await StatusAsync(api, first)).Should().Be(HttpStatusCode.OK, "its key is still published");

        await tokens.OrderAsync("replaceKeys");
        var third = await tokens.NewTokenAsync(claims);
        await Eventually.BecomesTrueAsync(async () => await StatusAsync(api, third) == HttpStatusCode.OK);
        await Eventually.BecomesTrueAsync(async () => await StatusAsync(api, first) == HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task Without_the_issuer_a_token_cannot_be_checked_and_keys_work_on()
    {
        await tokens.StartAsync();
        var token = await tokens.NewTokenAsync(new { aud = Audience, sub = "alice", scope = "cdrs:read:all" });
        await using var api = await StartAsync("http://127.0.0.1:9");

        var problem = await new ApiCaller(api.Url, token).GetAsync("/cdrs?limit=1", HttpStatusCode.ServiceUnavailable);

        problem.GetProperty("type").GetString().Should().Be("/problems/no-authority");
        await new ApiCaller(api.Url, sandbox.Sandbox.ApiKey).GetAsync("/cdrs?limit=1");
    }

    [Fact]
    public async Task A_customer_sees_the_accounts_below_it()
    {
        await using var api = await StartAsync();
        // A customer that others buy from, and that is not the root.
        var customer = await sandbox.Replica.ScalarAsync<long>(
            "SELECT i_wholesaler FROM customers WHERE i_wholesaler <> 1 AND i_customer IN (SELECT i_customer FROM accounts) ORDER BY i_customer LIMIT 1");
        var below = await sandbox.Replica.ScalarAsync<long[]>(
            $"""
            WITH RECURSIVE tree AS (
              SELECT i_customer FROM customers WHERE i_customer = {customer}
              UNION SELECT c.i_customer FROM customers c JOIN tree t ON c.i_wholesaler = t.i_customer)
            SELECT array_agg(i_account ORDER BY i_account) FROM accounts WHERE i_customer IN (SELECT i_customer FROM tree)
            """);
        below.Should().NotBeEmpty();
        var foreign = Enumerable.Range(1, 60).Select(a => (long)a).Except(below).First();
        var caller = new ApiCaller(api.Url, await tokens.NewTokenAsync(new { aud = Audience, sub = "reseller", scope = "cdrs:read", i_customer = customer }));

        var seen = await caller.GetAsync("/cdrs/stats?group_by=i_account&type=all");

        seen.GetProperty("data").EnumerateArray().Select(g => g.GetProperty("i_account").GetInt64()).Order().Should().Equal(
            await sandbox.Replica.ScalarAsync<long[]>($"SELECT array_agg(DISTINCT i_account ORDER BY i_account) FROM cdrs WHERE i_account IN ({string.Join(',', below)})"));
        (await caller.GetRowsAsync("/cdrs?fields=i_account&limit=500&type=all")).Distinct()
            .Should().BeSubsetOf(below.Select(a => $"i_account={a}"));
        await caller.GetAsync($"/accounts/{foreign}/cdrs", HttpStatusCode.Forbidden);
        var ofForeign = await sandbox.Replica.ScalarAsync<long>($"SELECT i_cdr FROM cdrs WHERE i_account = {foreign} LIMIT 1");
        await caller.GetAsync($"/cdrs/{ofForeign}", HttpStatusCode.NotFound);
    }

    private static async Task<HttpStatusCode> StatusAsync(ApiProcess api, string token)
    {
        using var response = await new ApiCaller(api.Url, token).SendAsync("/cdrs?limit=1");
        return response.StatusCode;
    }

    private async Task<ApiProcess> StartAsync(string? authority = null)
    {
        await tokens.StartAsync();
        return await sandbox.Sandbox.StartApiAsync(new Dictionary<string, string?>
        {
            ["Security__Jwt__Authority"] = authority ?? tokens.Url,
            ["Security__Jwt__Audience"] = Audience,
            ["Security__Jwt__KeyRefresh"] = "00:00:01",
            ["Security__Jwt__Scopes__billing_team"] = "cdrs:read",
        });
    }
}
