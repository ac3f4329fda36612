using System.Net;
using System.Text.Json.Nodes;
using CdrApi.Tests.Security;

namespace CdrApi.Tests.Database;

/// <summary>Nothing answers from data that is not loaded.</summary>
public sealed class ReadinessTests(TestSandbox sandbox)
{
    [Fact]
    public async Task Until_the_checks_have_passed_all_but_the_operators_paths_are_starting_whoever_asks()
    {
        using var file = new KeyFile();
        var (customer, options) = KeyFile.NewKey("reseller", "cdrs:read", new JsonObject { ["Customers"] = new JsonArray(1) });
        file.Write(options);
        var standby = sandbox.Sandbox.Standbys[0];
        await standby.StopAsync();
        try
        {
            await using var api = await file.StartApiAsync(sandbox, new() { ["Database__ConnectTimeout"] = "00:00:01" }, waitUntilReady: false);
            foreach (var caller in new[] { new ApiCaller(api.Url, customer), new ApiCaller(api.Url, null), new ApiCaller(api.Url, "cdr_forged_0") })
            {
                // Each waits for the start as long as it may: all at once.
                foreach (var response in await Task.WhenAll(
                [
                    .. new[] { "/cdrs", "/cdrs/1", "/accounts/1/cdrs", "/cdrs/stats", "/auth/sessions" }.Select(path => caller.SendAsync(path)),
                    .. new[] { "/auth/token", "/cdrs/batch" }.Select(path => caller.SendAsync(path, HttpMethod.Post)),
                ]))
                {
                    await ShouldBeStartingAsync(response);
                }

                await caller.GetAsync("/health/live");
                await caller.GetAsync("/replication-lag");
                await caller.GetAsync("/health", HttpStatusCode.ServiceUnavailable);
                foreach (var path in new[] { "/metrics", "/openapi/v1.json", "/swagger/index.html" })
                {
                    // They are in no OpenAPI document.
                    using var http = new HttpClient();
                    (await http.GetAsync(new Uri(api.Url, path))).StatusCode.Should().Be(HttpStatusCode.OK, path);
                }
            }

            await standby.StartAsync();
            await Eventually.BecomesTrueAsync(async () =>
            {
                using var answer = await new ApiCaller(api.Url, customer).SendAsync("/cdrs?limit=1");
                return answer.StatusCode == HttpStatusCode.OK;
            });
            (await new ApiCaller(api.Url, customer).GetAsync("/cdrs?limit=1")).GetProperty("count").GetInt32().Should().Be(1);
        }
        finally
        {
            await standby.StartAsync();
            await sandbox.RecoverAsync();
        }
    }

    [Fact]
    public async Task A_key_of_a_customer_and_a_narrowed_session_get_no_empty_list_and_no_403_while_the_accounts_are_loaded()
    {
        using var file = new KeyFile();
        await using var redis = await RedisServer.StartNewAsync();
        var customer = await sandbox.Replica.ScalarAsync<long>("SELECT i_customer FROM accounts JOIN cdrs USING (i_account) LIMIT 1");
        var account = await sandbox.Replica.ScalarAsync<long>($"SELECT i_account FROM accounts JOIN cdrs USING (i_account) WHERE i_customer = {customer} LIMIT 1");
        var (key, options) = KeyFile.NewKey("reseller", "cdrs:read", new JsonObject { ["Customers"] = new JsonArray(customer) });
        file.Write(options);
        var settings = new Dictionary<string, string?> { ["Sessions__Redis"] = redis.ConnectionString };
        await using var earlier = await file.StartApiAsync(sandbox, settings);
        var begun = await new ApiCaller(earlier.Url, key).PostAsync("/auth/token", $$"""{"i_account":{{account}}}""");
        var session = begun.GetProperty("access_token").GetString();

        // The start waits for the table of accounts, as long as somebody holds it.
        await using var holder = await sandbox.Primary.OpenConnectionAsync();
        await using (var hold = new Npgsql.NpgsqlCommand("BEGIN; LOCK TABLE accounts IN ACCESS EXCLUSIVE MODE", holder))
        {
            await hold.ExecuteNonQueryAsync();
        }

        await sandbox.Primary.CreateCommand("CREATE TABLE lock_probe (); DROP TABLE lock_probe").ExecuteNonQueryAsync();
        await Eventually.BecomesTrueAsync(async () => await sandbox.Replica.ScalarAsync<long>(
            "SELECT count(*) FROM pg_locks WHERE mode = 'AccessExclusiveLock' AND granted AND relation = 'accounts'::regclass") > 0, TimeSpan.FromMinutes(1));
        settings["Database__ConnectTimeout"] = "00:00:01";
        await using var api = await file.StartApiAsync(sandbox, settings, waitUntilReady: false);
        foreach (var credential in new[] { key, session })
        {
            await ShouldBeStartingAsync(await new ApiCaller(api.Url, credential).SendAsync("/cdrs?limit=5"));
            await ShouldBeStartingAsync(await new ApiCaller(api.Url, credential).SendAsync($"/accounts/{account}/cdrs?limit=5"));
        }

        await using (var release = new Npgsql.NpgsqlCommand("ROLLBACK", holder))
        {
            await release.ExecuteNonQueryAsync();
        }

        foreach (var credential in new[] { key, session })
        {
            await Eventually.BecomesTrueAsync(async () =>
            {
                using var answer = await new ApiCaller(api.Url, credential).SendAsync("/cdrs?limit=5");
                answer.StatusCode.Should().BeOneOf(HttpStatusCode.OK, HttpStatusCode.ServiceUnavailable);
                return answer.StatusCode == HttpStatusCode.OK;
            });
            (await new ApiCaller(api.Url, credential).GetAsync($"/accounts/{account}/cdrs?limit=5")).GetProperty("count").GetInt32().Should().BePositive();
        }

        await sandbox.RecoverAsync();
    }

    private static async Task ShouldBeStartingAsync(HttpResponseMessage response)
    {
        using (response)
        {
            response.StatusCode.Should().Be(HttpStatusCode.ServiceUnavailable, response.RequestMessage!.RequestUri!.ToString());
            (await response.Content.ReadAsStringAsync()).Should().Contain("/problems/starting");
            response.Headers.RetryAfter.Should().NotBeNull();
        }
    }
}
