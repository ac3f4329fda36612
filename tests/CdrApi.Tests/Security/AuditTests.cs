using System.Net;
using System.Text.Json;
using CdrSandbox;

namespace CdrApi.Tests.Security;

/// <summary>Each request for data leaves a line: who asked for what, and what came of it.</summary>
public sealed class AuditTests(TestSandbox sandbox)
{
    [Fact]
    public async Task A_list_is_audited_by_the_names_of_its_filters()
    {
        await using var api = await sandbox.Sandbox.StartApiAsync();
        var caller = new ApiCaller(api.Url, sandbox.Sandbox.ApiKey);

        using var response = await caller.SendAsync("/cdrs?i_account=14,9&cld=33639986123&cli=3319900*&limit=70&type=all");

        var line = await LineAsync(api);
        var body = await response.Content.ReadAsStringAsync();
        Text(line, "Caller").Should().Be("sandbox");
        Text(line, "Credential").Should().Be("ApiKey");
        Text(line, "Scopes").Should().Be("cdrs:read:all");
        Text(line, "Accounts").Should().Be("14 9");
        Text(line, "Parameters").Should().Be("cld cli i_account limit type");
        Text(line, "Outcome").Should().Be("complete");
        line.GetProperty("Bytes").GetInt64().Should().Be(body.Length);
        line.GetProperty("Rows").GetInt32().Should().Be(JsonDocument.Parse(body).RootElement.GetProperty("count").GetInt32());
        line.GetRawText().Should().NotContain("33639986123").And.NotContain("3319900").And.NotContain("127.0.0.1");
    }

    [Theory]
    [InlineData("/cdrs?limit=3", "own", "limit", "complete", 3)]
    [InlineData("/accounts/{account}/cdrs?limit=3&format=csv", "own", "format limit", "complete", 3)]
    [InlineData("/accounts/9999/cdrs?limit=3", "9999", "limit", "refused", 0)]
    [InlineData("/cdrs?i_account=9999&33199001234=1", "9999", "i_account", "refused", 0)]
    [InlineData("/cdrs/stats?group_by=result_category", "own", "group_by", "complete", null)]
    [InlineData("/cdrs/0", "own", "", "refused", 0)]
    public async Task A_caller_of_one_account_is_audited(string path, string accounts, string parameters, string outcome, int? rows)
    {
        await using var api = await sandbox.Sandbox.StartApiAsync();
        var account = $"{sandbox.Sandbox.Account}";

        using var response = await new ApiCaller(api.Url, sandbox.Sandbox.AccountKey).SendAsync(path.Replace("{account}", account, StringComparison.Ordinal));

        var line = await LineAsync(api);
        Text(line, "Accounts").Should().Be(accounts == "own" ? account : accounts);
        Text(line, "Parameters").Should().Be(parameters);
        Text(line, "Outcome").Should().Be(outcome);
        Text(line, "Scopes").Should().Be("cdrs:read");
        if (rows is not null)
        {
            line.GetProperty("Rows").GetInt32().Should().Be(rows);
        }
    }

    [Fact]
    public async Task A_batch_is_audited_as_the_sum_of_its_queries()
    {
        await using var api = await sandbox.Sandbox.StartApiAsync();
        var queries = Enumerable.Range(1, 25).Select(a => new { id = $"{a}", i_account = 1000 + a, limit = 1 }).Cast<object>()
            .Append(new { id = "busy", i_account = sandbox.Sandbox.Account, type = "all", limit = 2 });

        var answer = await new ApiCaller(api.Url, sandbox.Sandbox.ApiKey).PostAsync("/cdrs/batch", JsonSerializer.Serialize(new { queries }));

        var line = await LineAsync(api);
        Text(line, "Accounts").Should().StartWith("1001 1002 ").And.Contain(" 1025 ").And.EndWith($" {sandbox.Sandbox.Account}");
        Text(line, "Parameters").Should().Be("i_account limit type");
        line.GetProperty("Rows").GetInt32().Should().Be(2);
        answer.GetProperty("results").GetArrayLength().Should().Be(26);
    }

    [Fact]
    public async Task A_refused_credential_and_a_client_that_left_are_audited()
    {
        await using var api = await sandbox.Sandbox.StartApiAsync();
        await new ApiCaller(api.Url, sandbox.Sandbox.ApiKey + "0").GetAsync("/cdrs", HttpStatusCode.Unauthorized);
        var refused = await LineAsync(api);
        Text(refused, "Outcome").Should().Be("refused");
        refused.TryGetProperty("Caller", out _).Should().BeFalse();

        var leaving = await new ApiCaller(api.Url, sandbox.Sandbox.ApiKey, smallReceiveBuffer: true)
            .SendAsync("/cdrs?limit=1000000&type=all&fields=all", streamed: true);
        leaving.Dispose();

        var left = await LineAsync(api, 2);
        Text(left, "Outcome").Should().Be("client left");
        left.GetProperty("Rows").GetInt32().Should().BeInRange(1, TestSandbox.Rows - 1);
        left.GetProperty("Bytes").GetInt64().Should().BePositive();
    }

    [Fact]
    public async Task A_batch_that_is_broken_off_counts_the_rows_of_the_query_under_way()
    {
        await using var api = await sandbox.Sandbox.StartApiAsync();
        var queries = new object[] { new { limit = 3 }, new { limit = 1_000_000, type = "all", fields = "all" }, new { limit = 5 } };
        using var content = new StringContent(JsonSerializer.Serialize(new { queries }), System.Text.Encoding.UTF8, "application/json");
        var leaving = await new ApiCaller(api.Url, sandbox.Sandbox.ApiKey, smallReceiveBuffer: true)
            .SendAsync("/cdrs/batch", HttpMethod.Post, streamed: true, content: content);
        var body = await leaving.Content.ReadAsStreamAsync();
        // Into the second query: the first one has hardly a kilobyte.
        await body.ReadExactlyAsync(new byte[300_000]);
        leaving.Dispose();

        var line = await LineAsync(api);
        Text(line, "Outcome").Should().Be("client left");
        line.GetProperty("Rows").GetInt32().Should().BeInRange(3 + 200, TestSandbox.Rows - 1);
    }

    private static string? Text(JsonElement line, string name) => line.GetProperty(name).GetString();

    /// <summary>The line of the request of that number.</summary>
    private static async Task<JsonElement> LineAsync(ApiProcess api, int number = 1)
    {
        List<JsonElement> Lines() =>
            [.. api.ReadLog().Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => JsonDocument.Parse(l).RootElement)
                .Where(l => l.TryGetProperty("Route", out var route) && !route.GetString()!.StartsWith("/health", StringComparison.Ordinal))];

        await Eventually.BecomesTrueAsync(() => Task.FromResult(Lines().Count >= number));
        return Lines()[number - 1];
    }
}
