using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace CdrApi.Tests.Batches;

public sealed class BatchTests(TestSandbox sandbox)
{
    private const string Path = "/cdrs/batch";

    [Fact]
    public async Task Twenty_accounts_come_in_the_order_asked_each_as_its_own_list_would()
    {
        var accounts = await sandbox.Replica.ScalarAsync<long[]>(
            "SELECT array_agg(i_account) FROM (SELECT i_account FROM cdrs GROUP BY 1 ORDER BY md5(i_account::text) LIMIT 20) a");

        var results = await ResultsAsync([.. accounts.Select(a => new JsonObject { ["id"] = $"account {a}", ["i_account"] = a, ["type"] = "all", ["limit"] = 700 })]);

        results.Select(r => r.GetProperty("id").GetString()).Should().Equal(accounts.Select(a => $"account {a}"));
        foreach (var (account, result) in accounts.Zip(results))
        {
            result.GetProperty("status").GetInt32().Should().Be(200);
            var alone = await sandbox.All.GetAsync($"/accounts/{account}/cdrs?type=all&limit=700");
            foreach (var member in new[] { "data", "count", "limit" })
            {
                result.GetProperty(member).GetRawText().Should().Be(alone.GetProperty(member).GetRawText());
            }
        }
    }

    [Fact]
    public async Task A_large_query_among_small_ones_is_whole()
    {
        var results = await ResultsAsync(
        [
            new() { ["limit"] = 3 },
            new() { ["type"] = "all", ["limit"] = 60_000, ["fields"] = new JsonArray("i_cdr", "connect_time") },
            new() { ["limit"] = 3, ["order"] = "asc" },
        ]);

        results[0].GetProperty("count").GetInt32().Should().Be(3);
        results[1].GetProperty("data").EnumerateArray().Select(Rows.ToText).Should()
            .Equal(await Rows.FromSqlAsync(sandbox.Replica, "true", limit: 60_000, fields: ["i_cdr", "connect_time"]));
        results[2].GetProperty("count").GetInt32().Should().Be(3);
    }

    [Fact]
    public async Task A_result_is_paged_on_with_its_cursor()
    {
        var query = new JsonObject { ["type"] = "errors", ["limit"] = 40, ["include_count"] = true };
        var rows = new List<string>();
        for (string? cursor = ""; cursor is not null && rows.Count < 120;)
        {
            var page = query.DeepClone().AsObject();
            if (cursor.Length > 0)
            {
                page["cursor"] = cursor;
            }

            var result = (await ResultsAsync([page])).Single();
            result.GetProperty("total").GetInt64().Should().Be(
                await sandbox.Replica.ScalarAsync<long>("SELECT count(*) FROM cdrs WHERE result <> 0 AND duration = 0"));
            rows.AddRange(result.GetProperty("data").EnumerateArray().Select(Rows.ToText));
            cursor = result.GetProperty("next_cursor").GetString();
        }

        rows.Should().Equal(await Rows.FromSqlAsync(sandbox.Replica, "result <> 0 AND duration = 0", limit: 120));
    }

    [Fact]
    public async Task Values_are_taken_as_numbers_texts_and_lists()
    {
        var account = sandbox.Sandbox.Account;
        var results = await ResultsAsync(
        [
            new() { ["i_account"] = account, ["result"] = new JsonArray(486, -14), ["limit"] = "50" },
            new() { ["i_account"] = $"{account}", ["result"] = "486,-14", ["limit"] = 50 },
            new() { ["i_account"] = new JsonArray(account), ["result"] = new JsonArray("486", "-14"), ["limit"] = 50 },
        ]);

        var expected = await Rows.FromSqlAsync(sandbox.Replica, $"i_account = {account} AND result IN (486, -14)", limit: 50);
        expected.Should().NotBeEmpty();
        results.Should().AllSatisfy(r => r.GetProperty("data").EnumerateArray().Select(Rows.ToText).Should().Equal(expected));
    }

    [Fact]
    public async Task A_bad_query_spoils_only_itself()
    {
        var results = await ResultsAsync(
        [
            new() { ["id"] = "good", ["limit"] = 2 },
            new() { ["id"] = "bad", ["limit"] = 0, ["colour"] = "blue", ["type"] = new JsonArray("all", "complete"), ["cld"] = null, ["prefix"] = new JsonObject() },
            new() { ["id"] = "format", ["format"] = "csv" },
            new() { ["id"] = 7, ["limit"] = 2 },
            new() { ["id"] = "last", ["limit"] = 2 },
        ]);

        results.Select(r => r.GetProperty("status").GetInt32()).Should().Equal(200, 400, 400, 400, 200);
        Faults(results[1]).Should().BeEquivalentTo("limit", "colour", "type", "cld", "prefix");
        Faults(results[2]).Should().Equal("format");
        Faults(results[3]).Should().Equal("id");
        results[1].GetProperty("problem").GetProperty("type").GetString().Should().Be("/problems/bad-parameters");
        results[4].GetProperty("count").GetInt32().Should().Be(2);
    }

    [Theory]
    [InlineData("""{"cli":"\ud800"}""", "cli", "Has half of a surrogate pair, or bytes that are no UTF-8: that is no text.")]
    [InlineData("""{"cld":["336*","\udc00*"]}""", "cld", "Has half of a surrogate pair, or bytes that are no UTF-8: that is no text.")]
    [InlineData("""{"id":"\ud800"}""", "id", "Has half of a surrogate pair, or bytes that are no UTF-8: that is no text.")]
    [InlineData("""{"\ud800":1}""", "queries", "Has half of a surrogate pair, or bytes that are no UTF-8: that is no text.")]
    [InlineData("""{"cli":"1","cli":"2"}""", "cli", "May be given only once.")]
    [InlineData("""{"id":"a","id":"a"}""", "id", "May be given only once.")]
    [InlineData("""{"cl\u0069":"1","cli":"1"}""", "cli", "May be given only once.")]
    public async Task What_is_no_text_or_given_twice_spoils_only_its_own_query(string query, string name, string fault)
    {
        var results = (await sandbox.All.PostAsync(Path, $$"""{"queries":[{"limit":1},{{query}},{"limit":2}]}""")).GetProperty("results");

        results.EnumerateArray().Select(r => r.GetProperty("status").GetInt32()).Should().Equal(200, 400, 200);
        results[1].GetProperty("problem").GetProperty("errors").GetProperty(name)[0].GetString().Should().Be(fault);
    }

    [Fact]
    public async Task Patterns_come_as_a_text_or_as_a_list_in_which_a_comma_is_a_comma()
    {
        var results = (await sandbox.All.PostAsync(Path,
            """{"queries":[{"cld":"336*,331*","fields":["i_cdr"]},{"cld":["336*","331*"],"fields":["i_cdr"]},{"cld":["336*,331*"]}]}""")).GetProperty("results");

        results[0].GetProperty("count").GetInt32().Should().BePositive();
        results[1].GetProperty("data").GetRawText().Should().Be(results[0].GetProperty("data").GetRawText());
        results[2].GetProperty("count").GetInt32().Should().Be(0);
    }

    [Fact]
    public async Task A_foreign_account_is_refused_in_its_own_result()
    {
        var own = sandbox.Sandbox.Account;
        var foreign = await sandbox.Replica.ScalarAsync<long>($"SELECT min(i_account) FROM cdrs WHERE i_account <> {own}");

        var answer = await sandbox.Narrow.PostAsync(Path, $$"""{"queries":[{"i_account":{{foreign}}},{"i_account":{{own}},"limit":1},{"limit":100}]}""");

        var results = answer.GetProperty("results").EnumerateArray().ToList();
        results.Select(r => r.GetProperty("status").GetInt32()).Should().Equal(403, 200, 200);
        results[2].GetProperty("data").EnumerateArray().Should().AllSatisfy(r => r.GetProperty("i_account").GetInt64().Should().Be(own));
    }

    [Theory]
    [InlineData("", "body")]
    [InlineData("nothing", "body")]
    [InlineData("[]", "body")]
    [InlineData("{\"queries\":[{}]", "body")]
    [InlineData("{\"queries\":[{}],\"queries\":[{}]}", "queries")]
    [InlineData("{\"\\ud800\":[{}]}", "body")]
    [InlineData("{}", "queries")]
    [InlineData("{\"queries\":{}}", "queries")]
    [InlineData("{\"queries\":[]}", "queries")]
    [InlineData("{\"queries\":[{}],\"format\":\"csv\"}", "format")]
    public async Task A_bad_body_is_a_400_that_names_what_is_wrong(string body, string name)
    {
        var problem = await sandbox.All.PostAsync(Path, body, HttpStatusCode.BadRequest);

        problem.GetProperty("errors").EnumerateObject().Select(e => e.Name).Should().Equal(name);
    }

    [Fact]
    public async Task A_hundred_queries_are_taken_and_one_more_is_refused()
    {
        var query = new JsonObject { ["limit"] = 1, ["fields"] = "i_cdr" };

        (await ResultsAsync([.. Enumerable.Range(0, 100).Select(_ => query.DeepClone().AsObject())])).Should().HaveCount(100);
        var problem = await sandbox.All.PostAsync(Path,
            $"{{\"queries\":[{string.Join(',', Enumerable.Repeat("{}", 101))}]}}", HttpStatusCode.BadRequest);

        problem.GetProperty("errors").GetProperty("queries")[0].GetString().Should().Contain("1 to 100");
    }

    [Theory]
    [InlineData("text/plain", "application/json", 415)]
    [InlineData("application/json", "text/csv", 406)]
    public async Task Other_media_types_are_refused(string contentType, string accept, int status)
    {
        using var response = await sandbox.All.SendAsync(Path, HttpMethod.Post,
            headers: new Dictionary<string, string> { ["Accept"] = accept },
            content: new StringContent("{\"queries\":[{}]}", Encoding.UTF8, contentType));

        ((int)response.StatusCode).Should().Be(status);
    }

    [Fact]
    public async Task A_body_over_a_mebibyte_is_refused()
    {
        var problem = await sandbox.All.PostAsync(Path, new string(' ', 1024 * 1024) + "{}", HttpStatusCode.RequestEntityTooLarge);

        problem.GetProperty("type").GetString().Should().Be("/problems/too-large");
    }

    [Fact]
    public async Task No_more_queries_are_at_work_at_once_than_configured()
    {
        await using var api = await sandbox.Sandbox.StartApiAsync(new Dictionary<string, string?> { ["Batches__Parallelism"] = "3" });
        await using var held = await HeldQueries.BeginAsync(sandbox);
        var asking = new ApiCaller(api.Url, sandbox.Sandbox.ApiKey).PostAsync(Path, $"{{\"queries\":[{string.Join(',', Enumerable.Repeat("{\"limit\":1}", 10))}]}}");
        const string Waiting = "SELECT count(*) " + HeldQueries.Waiting;
        await Eventually.BecomesTrueAsync(async () => await sandbox.Replica.ScalarAsync<long>(Waiting) == 3);
        // A fourth would have come with them: all are asked for before the first one is waited for.
        await Task.Delay(TimeSpan.FromMilliseconds(300));
        var most = await sandbox.Replica.ScalarAsync<long>(Waiting);
        await held.DisposeAsync();

        most.Should().Be(3);
        (await asking).GetProperty("results").EnumerateArray().Should().HaveCount(10)
            .And.AllSatisfy(r => r.GetProperty("status").GetInt32().Should().Be(200));
        await sandbox.RecoverAsync();
    }

    [Fact]
    public async Task A_batch_that_cannot_be_completed_cannot_be_taken_for_complete()
    {
        await using var api = await sandbox.Sandbox.StartApiAsync(new Dictionary<string, string?> { ["Database__RetryBudget"] = "00:00:01" });
        using var response = await new ApiCaller(api.Url, sandbox.Sandbox.ApiKey).SendAsync(Path, HttpMethod.Post, streamed: true,
            content: new StringContent("{\"queries\":[{\"limit\":1},{\"limit\":100000,\"type\":\"all\",\"fields\":\"all\"}]}", Encoding.UTF8, "application/json"));
        await using var body = await response.Content.ReadAsStreamAsync();
        var received = new MemoryStream();
        // Well into the second result: until it has begun, its failure is its own.
        var beginning = new byte[200_000];
        await body.ReadExactlyAsync(beginning);
        received.Write(beginning);
        var standby = sandbox.Sandbox.Standbys[0];
        await standby.KillAsync();
        try
        {
            var reading = () => body.CopyToAsync(received);

            await reading.Should().ThrowAsync<IOException>();
            var parsing = () => JsonDocument.Parse(Encoding.UTF8.GetString(received.ToArray()));
            parsing.Should().Throw<JsonException>();
        }
        finally
        {
            await standby.StartAsync();
            await sandbox.RecoverAsync();
        }
    }

    [Fact]
    public async Task Without_a_standby_each_query_has_its_503()
    {
        var standby = sandbox.Sandbox.Standbys[0];
        await standby.StopAsync();
        try
        {
            var results = await ResultsAsync([new() { ["limit"] = 1 }, new() { ["limit"] = 0 }]);

            results.Select(r => r.GetProperty("status").GetInt32()).Should().Equal(503, 400);
        }
        finally
        {
            await standby.StartAsync();
            await sandbox.RecoverAsync();
        }
    }

    private async Task<List<JsonElement>> ResultsAsync(JsonObject[] queries)
    {
        var answer = await sandbox.All.PostAsync(Path, new JsonObject { ["queries"] = new JsonArray(queries) }.ToJsonString());
        return [.. answer.GetProperty("results").EnumerateArray()];
    }

    private static IEnumerable<string> Faults(JsonElement result) =>
        result.GetProperty("problem").GetProperty("errors").EnumerateObject().Select(e => e.Name);
}
