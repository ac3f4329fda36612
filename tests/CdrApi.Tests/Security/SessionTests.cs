using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using CdrSandbox;

namespace CdrApi.Tests.Security;

/// <summary>Short-lived tokens for keys: what they reach, how they end, and that every instance knows it.</summary>
public sealed class SessionTests(TestSandbox sandbox) : IDisposable
{
    private readonly string _file = Path.Combine(Path.GetTempPath(), $"cdrapi-{Guid.NewGuid():N}.json");

    private long Own => sandbox.Sandbox.Account;

    public void Dispose() => File.Delete(_file);

    [Fact]
    public async Task A_session_reaches_the_account_that_it_was_narrowed_to_and_no_other()
    {
        var begun = await sandbox.All.PostAsync("/auth/token", $$"""{"i_account":{{Own}},"expires_in":300}""");
        var session = new ApiCaller(sandbox.Api.Url, begun.GetProperty("access_token").GetString());

        begun.GetProperty("token_type").GetString().Should().Be("Bearer");
        begun.GetProperty("expires_in").GetInt32().Should().Be(300);
        begun.GetProperty("session").GetProperty("i_account").EnumerateArray().Select(a => a.GetInt64()).Should().Equal(Own);
        (await session.GetRowsAsync("/cdrs?fields=i_account&limit=50")).Distinct().Should().Equal($"i_account={Own}");
        await session.GetAsync($"/accounts/{Own}/cdrs?limit=1");
        await session.GetAsync($"/accounts/{Own + 1}/cdrs", HttpStatusCode.Forbidden);
        var foreign = await sandbox.Replica.ScalarAsync<long>($"SELECT i_cdr FROM cdrs WHERE i_account <> {Own} LIMIT 1");
        await session.GetAsync($"/cdrs/{foreign}", HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task A_session_that_is_not_narrowed_reaches_what_its_key_reaches()
    {
        var session = new ApiCaller(sandbox.Api.Url, await BeginAsync(sandbox.Narrow));

        (await session.GetRowsAsync("/cdrs?fields=i_account&limit=50")).Distinct().Should().Equal($"i_account={Own}");
        await session.GetAsync($"/accounts/{Own + 1}/cdrs", HttpStatusCode.Forbidden);
    }

    [Fact]
    public async Task A_key_of_a_customer_can_be_narrowed_to_an_account_below_it()
    {
        var customer = await sandbox.Replica.ScalarAsync<long>("SELECT i_customer FROM accounts WHERE i_customer <> 1 ORDER BY i_account LIMIT 1");
        var below = await sandbox.Replica.ScalarAsync<long>($"SELECT i_account FROM accounts WHERE i_customer = {customer} LIMIT 1");
        var beside = await sandbox.Replica.ScalarAsync<long>($"SELECT i_account FROM accounts WHERE i_customer = 1 LIMIT 1");
        var (key, options) = NewKey("customer", new() { ["Scopes"] = new JsonArray("cdrs:read"), ["Customers"] = new JsonArray(customer) });
        Write(options);
        await using var api = await sandbox.Sandbox.StartApiAsync(new Dictionary<string, string?> { ["ConfigFile"] = _file });
        var caller = new ApiCaller(api.Url, key);

        var session = new ApiCaller(api.Url, await BeginAsync(caller, $$"""{"i_account":[{{below}}]}"""));
        await session.GetAsync($"/accounts/{below}/cdrs?limit=1");
        await session.GetAsync($"/accounts/{beside}/cdrs?limit=1", HttpStatusCode.Forbidden);
        await caller.PostAsync("/auth/token", $$"""{"i_account":[{{below}},{{beside}}]}""", HttpStatusCode.Forbidden);
    }

    [Fact]
    public async Task Only_a_key_begins_lists_and_revokes_sessions()
    {
        var session = new ApiCaller(sandbox.Api.Url, await BeginAsync(sandbox.All));

        await session.PostAsync("/auth/token", "{}", HttpStatusCode.Forbidden);
        await session.GetAsync("/auth/sessions", HttpStatusCode.Forbidden);
        (await session.SendAsync("/auth/sessions/x", HttpMethod.Delete)).StatusCode.Should().Be(HttpStatusCode.Forbidden);
        await sandbox.Nobody.PostAsync("/auth/token", "{}", HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task A_session_is_listed_and_revoked_by_its_owner_only()
    {
        await using var api = await sandbox.Sandbox.StartApiAsync();
        var owner = new ApiCaller(api.Url, sandbox.Sandbox.AccountKey);
        var other = new ApiCaller(api.Url, sandbox.Sandbox.ApiKey);
        var (first, second) = (await BeginAsync(owner), await BeginAsync(owner, $$"""{"i_account":{{Own}}}"""));

        var listed = await owner.GetAsync("/auth/sessions");
        listed.GetProperty("count").GetInt32().Should().Be(2);
        var sessions = listed.GetProperty("sessions").EnumerateArray().ToList();
        sessions[0].GetProperty("i_account").ValueKind.Should().Be(JsonValueKind.Null);
        sessions[1].GetProperty("i_account").GetArrayLength().Should().Be(1);
        (sessions[0].GetProperty("expires").GetDateTimeOffset() - sessions[0].GetProperty("created").GetDateTimeOffset()).Should().Be(TimeSpan.FromMinutes(15));
        listed.GetRawText().Should().NotContain(first).And.NotContain(second);
        (await other.GetAsync("/auth/sessions")).GetProperty("count").GetInt32().Should().Be(0);

        var path = "/auth/sessions/" + sessions[0].GetProperty("id").GetString();
        (await other.SendAsync(path, HttpMethod.Delete)).StatusCode.Should().Be(HttpStatusCode.NotFound);
        await new ApiCaller(api.Url, first).GetAsync("/cdrs?limit=1");
        (await owner.SendAsync(path, HttpMethod.Delete)).StatusCode.Should().Be(HttpStatusCode.NoContent);
        await new ApiCaller(api.Url, first).GetAsync("/cdrs?limit=1", HttpStatusCode.Unauthorized);
        await new ApiCaller(api.Url, second).GetAsync("/cdrs?limit=1");
        (await owner.SendAsync(path, HttpMethod.Delete)).StatusCode.Should().Be(HttpStatusCode.NotFound);
        (await owner.GetAsync("/auth/sessions")).GetProperty("count").GetInt32().Should().Be(1);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_session_ends_at_its_time(bool inRedis)
    {
        await using var redis = inRedis ? await RedisServer.StartNewAsync() : null;
        await using var api = await StartAsync(redis);
        var caller = new ApiCaller(api.Url, sandbox.Sandbox.ApiKey);
        var token = await BeginAsync(caller, """{"expires_in":1}""");

        await Eventually.BecomesTrueAsync(async () => await StatusAsync(api, token) == HttpStatusCode.Unauthorized);

        (await caller.GetAsync("/auth/sessions")).GetProperty("count").GetInt32().Should().Be(0);
    }

    [Fact]
    public async Task A_session_ends_with_its_key_and_with_what_the_key_reached()
    {
        var (key, options) = NewKey("portal", new() { ["Scopes"] = new JsonArray("cdrs:read"), ["Accounts"] = new JsonArray(Own, Own + 1) });
        Write(options);
        await using var api = await sandbox.Sandbox.StartApiAsync(new Dictionary<string, string?> { ["ConfigFile"] = _file });
        var caller = new ApiCaller(api.Url, key);
        var whole = await BeginAsync(caller);
        var (one, another) = (await BeginAsync(caller, $$"""{"i_account":{{Own}}}"""), await BeginAsync(caller, $$"""{"i_account":{{Own + 1}}}"""));

        options["Accounts"] = new JsonArray(Own);
        Write(options);
        await Eventually.BecomesTrueAsync(async () => await StatusAsync(api, another) == HttpStatusCode.Unauthorized);
        (await StatusAsync(api, one)).Should().Be(HttpStatusCode.OK);
        await new ApiCaller(api.Url, whole).GetAsync($"/accounts/{Own + 1}/cdrs", HttpStatusCode.Forbidden);

        options["Scopes"] = new JsonArray("ops:read");
        Write(options);
        await Eventually.BecomesTrueAsync(async () => await StatusAsync(api, one) == HttpStatusCode.Unauthorized);
        options["Scopes"] = new JsonArray("cdrs:read");
        Write(options);
        await Eventually.BecomesTrueAsync(async () => await StatusAsync(api, one) == HttpStatusCode.OK);

        // The same id with another secret is another key.
        var (newer, replaced) = NewKey("portal", new() { ["Scopes"] = new JsonArray("cdrs:read"), ["Accounts"] = new JsonArray(Own) });
        Write(replaced);
        await Eventually.BecomesTrueAsync(async () => await StatusAsync(api, one) == HttpStatusCode.Unauthorized);
        (await StatusAsync(api, whole)).Should().Be(HttpStatusCode.Unauthorized);
        (await new ApiCaller(api.Url, newer).GetAsync("/auth/sessions")).GetProperty("count").GetInt32().Should().Be(0);
    }

    [Fact]
    public async Task Every_instance_knows_a_session_and_its_end_through_Redis()
    {
        await using var redis = await RedisServer.StartNewAsync();
        await using var here = await StartAsync(redis);
        await using var there = await StartAsync(redis);
        var token = await BeginAsync(new ApiCaller(here.Url, sandbox.Sandbox.ApiKey));
        (await StatusAsync(here, token)).Should().Be(HttpStatusCode.OK);
        (await StatusAsync(there, token)).Should().Be(HttpStatusCode.OK);
        (await redis.ReadAllAsync()).Should().Contain("cdrapi:session:").And.NotContain(token, "who reads Redis has no token");

        var owner = new ApiCaller(there.Url, sandbox.Sandbox.ApiKey);
        var id = (await owner.GetAsync("/auth/sessions")).GetProperty("sessions")[0].GetProperty("id").GetString();
        (await owner.SendAsync("/auth/sessions/" + id, HttpMethod.Delete)).StatusCode.Should().Be(HttpStatusCode.NoContent);

        (await StatusAsync(here, token)).Should().Be(HttpStatusCode.Unauthorized);
        (await StatusAsync(there, token)).Should().Be(HttpStatusCode.Unauthorized);
        (await redis.ReadAllAsync()).Should().BeEmpty();
    }

    [Fact]
    public async Task Without_Redis_sessions_are_503_and_keys_work_on()
    {
        await using var redis = await RedisServer.StartNewAsync();
        await using var api = await StartAsync(redis);
        var token = await BeginAsync(new ApiCaller(api.Url, sandbox.Sandbox.ApiKey));

        redis.Stop();
        await Eventually.BecomesTrueAsync(async () => await StatusAsync(api, token) == HttpStatusCode.ServiceUnavailable);
        var caller = new ApiCaller(api.Url, sandbox.Sandbox.ApiKey);
        await caller.PostAsync("/auth/token", "{}", HttpStatusCode.ServiceUnavailable);
        var problem = await caller.GetAsync("/auth/sessions", HttpStatusCode.ServiceUnavailable);
        problem.GetProperty("type").GetString().Should().Be("/problems/no-session-store");
        await caller.GetAsync("/cdrs?limit=1");
        api.ReadLog().Should().Contain("Sessions:Redis does not answer");

        await redis.StartAsync();
        await Eventually.BecomesTrueAsync(async () => await StatusAsync(api, token) == HttpStatusCode.Unauthorized);
        (await StatusAsync(api, await BeginAsync(caller))).Should().Be(HttpStatusCode.OK);
    }

    [Fact]
    public async Task A_Redis_that_was_not_there_when_it_was_first_asked_is_used_when_it_is()
    {
        await using var redis = await RedisServer.StartNewAsync();
        redis.Stop();
        await using var api = await StartAsync(redis);
        var caller = new ApiCaller(api.Url, sandbox.Sandbox.ApiKey);
        var problem = await caller.PostAsync("/auth/token", "{}", HttpStatusCode.ServiceUnavailable);
        problem.GetProperty("type").GetString().Should().Be("/problems/no-session-store");

        await redis.StartAsync();

        await Eventually.BecomesTrueAsync(async () => (await caller.SendAsync("/auth/token", HttpMethod.Post)).StatusCode == HttpStatusCode.OK);
        (await StatusAsync(api, await BeginAsync(caller))).Should().Be(HttpStatusCode.OK);
    }

    [Fact]
    public async Task A_Redis_whose_name_is_not_known_is_a_503()
    {
        await using var api = await sandbox.Sandbox.StartApiAsync(new Dictionary<string, string?> { ["Sessions__Redis"] = "redis.invalid:6379" });
        var caller = new ApiCaller(api.Url, sandbox.Sandbox.ApiKey);

        for (var i = 0; i < 2; i++)
        {
            (await caller.PostAsync("/auth/token", "{}", HttpStatusCode.ServiceUnavailable)).GetProperty("type").GetString().Should().Be("/problems/no-session-store");
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_key_has_no_more_sessions_than_it_may(bool inRedis)
    {
        await using var redis = inRedis ? await RedisServer.StartNewAsync() : null;
        await using var api = await StartAsync(redis, new() { ["Sessions__MaxPerKey"] = "2" });
        var caller = new ApiCaller(api.Url, sandbox.Sandbox.ApiKey);
        await BeginAsync(caller);
        await BeginAsync(caller, """{"expires_in":1}""");

        var refused = await caller.PostAsync("/auth/token", "{}", HttpStatusCode.TooManyRequests);

        refused.GetProperty("type").GetString().Should().Be("/problems/too-many-sessions");
        await BeginAsync(new ApiCaller(api.Url, sandbox.Sandbox.AccountKey));
        await Eventually.BecomesTrueAsync(async () =>
            (await caller.SendAsync("/auth/token", HttpMethod.Post)).StatusCode == HttpStatusCode.OK, TimeSpan.FromSeconds(10));
    }

    [Theory]
    [InlineData("""{"i_account":"14"}""", "i_account", "Must be a whole number from 0")]
    [InlineData("""{"i_account":[]}""", "i_account", "a list of 1 to 1000")]
    [InlineData("""{"i_account":[14,-1]}""", "i_account", "Must be a whole number from 0")]
    [InlineData("""{"i_account":null}""", "i_account", "Must be a whole number from 0")]
    [InlineData("""{"expires_in":901}""", "expires_in", "from 1 to 900")]
    [InlineData("""{"expires_in":0}""", "expires_in", "from 1 to 900")]
    [InlineData("""{"expires_in":1.5}""", "expires_in", "from 1 to 900")]
    [InlineData("""{"account":14}""", "account", "Unknown member")]
    [InlineData("[]", "body", "Must be an object")]
    [InlineData("{", "body", "Is not valid JSON (line 1, byte 2)")]
    public async Task A_body_that_cannot_be_used_says_why(string body, string name, string complaint)
    {
        var problem = await sandbox.All.PostAsync("/auth/token", body, HttpStatusCode.BadRequest);

        problem.GetProperty("errors").GetProperty(name)[0].GetString().Should().Contain(complaint);
    }

    [Theory]
    [InlineData("cdrs_")]
    [InlineData("cdrs_0_0")]
    [InlineData("cdrs_000000000000000000000000_0000000000000000000000000000000000000000000000000000000000000000")]
    [InlineData("cdrs_{id}_0000000000000000000000000000000000000000000000000000000000000000")]
    public async Task A_forged_session_is_refused(string token)
    {
        var begun = await sandbox.All.PostAsync("/auth/token", "{}");
        var id = begun.GetProperty("session").GetProperty("id").GetString();

        await new ApiCaller(sandbox.Api.Url, token.Replace("{id}", id, StringComparison.Ordinal)).GetAsync("/cdrs", HttpStatusCode.Unauthorized);
    }

    [Theory]
    [InlineData("Sessions__Lifetime", "00:15:01", "Sessions:Lifetime")]
    [InlineData("Sessions__MaxPerKey", "0", "Sessions:MaxPerKey")]
    [InlineData("Sessions__Redis", "127.0.0.1:6379,password=geheim,colour=blue", "Sessions:Redis cannot be read")]
    [InlineData("Sessions__Redis", "password=geheim", "Sessions:Redis names no server")]
    public async Task Settings_that_cannot_be_used_end_the_start(string name, string value, string complaint)
    {
        var starting = () => sandbox.Sandbox.StartApiAsync(new Dictionary<string, string?> { [name] = value });

        (await starting.Should().ThrowAsync<SandboxException>()).Which.Message.Should().Contain(complaint).And.NotContain("geheim");
    }

    private static async Task<string> BeginAsync(ApiCaller caller, string body = "{}") =>
        (await caller.PostAsync("/auth/token", body)).GetProperty("access_token").GetString()!;

    private static async Task<HttpStatusCode> StatusAsync(ApiProcess api, string token)
    {
        using var response = await new ApiCaller(api.Url, token).SendAsync("/cdrs?limit=1");
        return response.StatusCode;
    }

    private static (string Key, JsonObject Options) NewKey(string id, JsonObject options)
    {
        var key = $"cdr_{id}_{RandomNumberGenerator.GetHexString(64)}";
        (options["Id"], options["Sha256"]) = (id, Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(key))));
        return (key, options);
    }

    // The sandbox gives the first two keys in the environment.
    private void Write(JsonObject key) => File.WriteAllText(_file,
        new JsonObject { ["Security"] = new JsonObject { ["ApiKeys"] = new JsonObject { ["2"] = key.DeepClone() } } }.ToJsonString());

    private async Task<ApiProcess> StartAsync(RedisServer? redis, Dictionary<string, string?>? environment = null) =>
        await sandbox.Sandbox.StartApiAsync(new Dictionary<string, string?>(environment ?? []) { ["Sessions__Redis"] = redis?.ConnectionString });
}
