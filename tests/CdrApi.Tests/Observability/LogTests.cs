using System.Text.Json;

namespace CdrApi.Tests.Observability;

public sealed class LogTests(TestSandbox sandbox)
{
    [Fact]
    public async Task A_request_is_one_JSON_line_without_personal_data()
    {
        await using var api = await sandbox.Sandbox.StartApiAsync();
        var caller = new ApiCaller(api.Url, sandbox.Sandbox.ApiKey);
        var account = sandbox.Sandbox.Account;
        var before = Lines(api.ReadLog()).Count;

        var row = (await caller.GetAsync($"/accounts/{account}/cdrs?limit=1&start_date=2001-02-03")).GetProperty("data")[0];
        await caller.GetAsync($"/cdrs/{row.GetProperty("i_cdr")}");
        await caller.GetAsync("/cdrs?limit=33199001234567890", System.Net.HttpStatusCode.BadRequest);
        await new ApiCaller(api.Url, sandbox.Sandbox.ApiKey + "0").GetAsync("/cdrs", System.Net.HttpStatusCode.Unauthorized);

        await Eventually.BecomesTrueAsync(() => Task.FromResult(Lines(api.ReadLog()).Count >= before + 4));
        var lines = Lines(api.ReadLog())[before..];
        lines.Select(l => (l.GetProperty("Method").GetString(), l.GetProperty("Route").GetString(), l.GetProperty("Status").GetInt32())).Should().Equal(
            ("GET", "/accounts/{i_account}/cdrs", 200), ("GET", "/cdrs/{i_cdr}", 200), ("GET", "/cdrs", 400), ("GET", "/cdrs", 401));
        lines[0].GetProperty("Rows").GetInt32().Should().Be(1);
        lines[0].GetProperty("Outcome").GetString().Should().Be("complete");
        lines[0].GetProperty("Caller").GetString().Should().Be("sandbox");

        string[] secrets =
        [
            sandbox.Sandbox.ApiKey, sandbox.Sandbox.AccountKey, "Password", "2001-02-03", "33199001234567890", "127.0.0.1:5",
            .. new[] { "cli", "cld", "i_cdr" }.Select(f => row.GetProperty(f).ToString()).Where(t => t.Length > 4),
        ];
        var text = string.Join('\n', lines.Select(l => l.GetRawText()));
        secrets.Where(text.Contains).Should().BeEmpty();
    }

    private static List<JsonElement> Lines(string log) =>
        [.. log.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonDocument.Parse(line).RootElement)];
}
