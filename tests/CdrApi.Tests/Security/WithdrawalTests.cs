using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using CdrSandbox;

namespace CdrApi.Tests.Security;

/// <summary>What a credential began ends with it: its body is aborted at the next slice.</summary>
public sealed class WithdrawalTests(TestSandbox sandbox)
{
    private const string List = "/cdrs?limit=1000000&type=all&fields=all";

    [Theory]
    [InlineData("json")]
    [InlineData("ndjson")]
    [InlineData("csv")]
    public async Task A_download_ends_with_its_key(string format)
    {
        using var file = new KeyFile();
        var (key, options) = KeyFile.NewKey("leaving");
        var (_, other) = KeyFile.NewKey("staying");
        file.Write(options, other);
        await using var api = await file.StartApiAsync(sandbox);

        await ShouldBeAbortedAsync(api, key, List + "&format=" + format, async () =>
        {
            file.Write(other);
            await Eventually.BecomesTrueAsync(async () => await StatusAsync(api, key) == HttpStatusCode.Unauthorized);
        });
    }

    [Fact]
    public async Task A_download_ends_with_its_key_also_when_all_its_rows_have_been_read()
    {
        using var file = new KeyFile();
        var (key, options) = KeyFile.NewKey("leaving");
        var (_, other) = KeyFile.NewKey("staying");
        file.Write(options, other);
        await using var api = await file.StartApiAsync(sandbox);

        await ShouldBeAbortedAsync(api, key, "/cdrs?limit=5500&type=all&fields=all", async () =>
        {
            file.Write(other);
            await Eventually.BecomesTrueAsync(() => Task.FromResult(api.ReadLog().Contains("\"Outcome\":\"withdrawn\"", StringComparison.Ordinal)));
        });
    }

    [Fact]
    public async Task A_batch_ends_with_its_key_also_between_its_queries()
    {
        using var file = new KeyFile();
        var (key, options) = KeyFile.NewKey("leaving");
        var (_, other) = KeyFile.NewKey("staying");
        file.Write(options, other);
        await using var api = await file.StartApiAsync(sandbox, new() { ["Batches__Parallelism"] = "1" });
        // Of one slice each, so that each further one is another query's.
        var batch = new JsonObject
        {
            ["queries"] = new JsonArray([.. Enumerable.Range(0, 60).Select(_ => new JsonObject { ["limit"] = 5000, ["type"] = "all", ["fields"] = "all" })]),
        };

        await ShouldBeAbortedAsync(api, key, "/cdrs/batch", async () =>
        {
            file.Write(other);
            await Eventually.BecomesTrueAsync(async () => await StatusAsync(api, key) == HttpStatusCode.Unauthorized);
        }, batch.ToJsonString());
    }

    [Theory]
    [InlineData("""{"Scopes":["cdrs:read"],"Accounts":[1]}""")]
    [InlineData("""{"HiddenFields":["cost"]}""")]
    [InlineData("""{"MaskedFields":["cld"]}""")]
    [InlineData("""{"Networks":["192.0.2.0/24"]}""")]
    [InlineData("""{"Expires":"2026-01-01"}""")]
    [InlineData("""{"Sha256":"0000000000000000000000000000000000000000000000000000000000000000"}""")]
    public async Task A_download_ends_when_its_key_may_less(string change)
    {
        using var file = new KeyFile();
        var (key, options) = KeyFile.NewKey("changed");
        var (witness, other) = KeyFile.NewKey("witness");
        file.Write(options, other);
        await using var api = await file.StartApiAsync(sandbox);

        await ShouldBeAbortedAsync(api, key, List, async () =>
        {
            foreach (var (name, value) in JsonNode.Parse(change)!.AsObject())
            {
                options[name] = value!.DeepClone();
            }

            // The witness goes in the same step, which tells when it has counted.
            file.Write(options);
            await Eventually.BecomesTrueAsync(async () => await StatusAsync(api, witness) == HttpStatusCode.Unauthorized);
        });
    }

    [Fact]
    public async Task A_download_goes_on_when_its_key_may_more()
    {
        using var file = new KeyFile();
        var (key, options) = KeyFile.NewKey("changed", options: new JsonObject { ["HiddenFields"] = new JsonArray("cost") });
        var (witness, other) = KeyFile.NewKey("witness");
        file.Write(options, other);
        await using var api = await file.StartApiAsync(sandbox);
        using var response = await new ApiCaller(api.Url, key, smallReceiveBuffer: true).SendAsync(List, streamed: true);
        await using var body = await response.Content.ReadAsStreamAsync();
        await body.ReadExactlyAsync(new byte[1000]);

        options.Remove("HiddenFields");
        options["Expires"] = "9999-01-01";
        file.Write(options);
        await Eventually.BecomesTrueAsync(async () => await StatusAsync(api, witness) == HttpStatusCode.Unauthorized);

        using var rest = new StreamReader(body);
        (await rest.ReadToEndAsync()).Should().EndWith("}").And.NotContain("\"cost\"", "an answer has the fields that it began with");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_download_ends_with_its_session(bool inRedis)
    {
        await using var redis = inRedis ? await RedisServer.StartNewAsync() : null;
        await using var api = await sandbox.Sandbox.StartApiAsync(new Dictionary<string, string?> { ["Sessions__Redis"] = redis?.ConnectionString });
        var owner = new ApiCaller(api.Url, sandbox.Sandbox.ApiKey);
        var begun = await owner.PostAsync("/auth/token", "{}");

        await ShouldBeAbortedAsync(api, begun.GetProperty("access_token").GetString()!, List, async () =>
        {
            using var revoked = await owner.SendAsync("/auth/sessions/" + begun.GetProperty("session").GetProperty("id").GetString(), HttpMethod.Delete);
            revoked.StatusCode.Should().Be(HttpStatusCode.NoContent);
        });
    }

    [Fact]
    public async Task A_download_ends_at_the_time_of_its_session()
    {
        await using var api = await sandbox.Sandbox.StartApiAsync();
        var begun = await new ApiCaller(api.Url, sandbox.Sandbox.ApiKey).PostAsync("/auth/token", """{"expires_in":2}""");
        var token = begun.GetProperty("access_token").GetString()!;

        await ShouldBeAbortedAsync(api, token, List, () =>
            Eventually.BecomesTrueAsync(async () => await StatusAsync(api, token) == HttpStatusCode.Unauthorized));
    }

    [Fact]
    public async Task A_session_store_that_is_away_for_a_moment_ends_no_download()
    {
        await using var redis = await RedisServer.StartNewAsync();
        await using var api = await sandbox.Sandbox.StartApiAsync(new Dictionary<string, string?>
        {
            ["Sessions__Redis"] = redis.ConnectionString,
            ["Database__RetryBudget"] = "00:00:05",
        });
        var begun = await new ApiCaller(api.Url, sandbox.Sandbox.ApiKey).PostAsync("/auth/token", "{}");
        var token = begun.GetProperty("access_token").GetString()!;

        // When it is back, it has lost all sessions: so this one's download ends, but not before it is known.
        await ShouldBeAbortedAsync(api, token, List, async () =>
        {
            redis.Stop();
            await Eventually.BecomesTrueAsync(async () => await StatusAsync(api, token) == HttpStatusCode.ServiceUnavailable);
            await redis.StartAsync();
            await Eventually.BecomesTrueAsync(async () => await StatusAsync(api, token) == HttpStatusCode.Unauthorized);
        });
    }

    [Fact]
    public async Task A_statistic_that_waited_while_its_key_was_withdrawn_is_a_401()
    {
        using var file = new KeyFile();
        var (key, options) = KeyFile.NewKey("leaving");
        var (_, other) = KeyFile.NewKey("staying");
        file.Write(options, other);
        await using var api = await file.StartApiAsync(sandbox);
        Task<HttpResponseMessage> asking;
        await using (await HeldQueries.BeginAsync(sandbox))
        {
            asking = new ApiCaller(api.Url, key).SendAsync("/cdrs/stats");
            await Eventually.BecomesTrueAsync(async () => await sandbox.Replica.ScalarAsync<long>("SELECT count(*) " + HeldQueries.Waiting) > 0);
            file.Write(other);
            await Eventually.BecomesTrueAsync(async () =>
            {
                using var response = await new ApiCaller(api.Url, key).SendAsync("/auth/sessions");
                return response.StatusCode == HttpStatusCode.Unauthorized;
            });
        }

        (await asking).StatusCode.Should().Be(HttpStatusCode.Unauthorized);
        await sandbox.RecoverAsync();
    }

    /// <summary>A client that has paused meanwhile gets what was read before, and no proper end.</summary>
    private static async Task ShouldBeAbortedAsync(ApiProcess api, string key, string path, Func<Task> withdraw, string? batch = null)
    {
        using var content = batch is null ? null : new StringContent(batch, Encoding.UTF8, "application/json");
        using var response = await new ApiCaller(api.Url, key, smallReceiveBuffer: true).SendAsync(
            path, batch is null ? HttpMethod.Get : HttpMethod.Post, streamed: true, content: content);
        response.StatusCode.Should().Be(HttpStatusCode.OK);
        await using var body = await response.Content.ReadAsStreamAsync();
        await body.ReadExactlyAsync(new byte[1000]);

        await withdraw();

        var reading = () => body.CopyToAsync(Stream.Null);
        await reading.Should().ThrowAsync<IOException>("its credential ended");
        await Eventually.BecomesTrueAsync(() => Task.FromResult(api.ReadLog().Contains("\"Outcome\":\"withdrawn\"", StringComparison.Ordinal)));
    }

    private static async Task<HttpStatusCode> StatusAsync(ApiProcess api, string key)
    {
        using var response = await new ApiCaller(api.Url, key).SendAsync("/cdrs?limit=1");
        return response.StatusCode;
    }
}
