using System.Diagnostics;
using System.Net;
using System.Text.Json.Nodes;
using CdrSandbox;

namespace CdrApi.Tests.Security;

/// <summary>Keys that are minted, end, are bound to networks, and come and go while the service runs.</summary>
public sealed class ApiKeyLifeTests(TestSandbox sandbox) : IDisposable
{
    private readonly string _file = Path.Combine(Path.GetTempPath(), $"cdrapi-{Guid.NewGuid():N}.json");

    public void Dispose() => File.Delete(_file);

    [Fact]
    public async Task A_minted_key_works_as_the_printed_configuration_says()
    {
        var (key, options) = await MintAsync("--id", "minted", "--account", $"{sandbox.Sandbox.Account}", "--network", "127.0.0.0/8");
        await using var api = await StartAsync(options);

        var rows = await new ApiCaller(api.Url, key).GetRowsAsync("/cdrs?fields=i_account&limit=50");

        rows.Distinct().Should().Equal($"i_account={sandbox.Sandbox.Account}");
        (await sandbox.All.SendAsync("/cdrs")).IsSuccessStatusCode.Should().BeTrue();
        api.ReadLog().Should().NotContain(key);
    }

    [Fact]
    public async Task An_expired_key_and_one_from_elsewhere_are_refused_and_the_log_says_why()
    {
        var (expired, first) = await MintAsync("--id", "expired", "--scope", "cdrs:read:all", "--expires", "2026-01-01");
        var (elsewhere, second) = await MintAsync("--id", "elsewhere", "--scope", "cdrs:read:all", "--network", "192.0.2.0/24", "--network", "2001:db8::/32");
        var (good, third) = await MintAsync("--id", "good", "--scope", "cdrs:read:all", "--expires", "9999-12-31T23:59:59+02:00");
        await using var api = await StartAsync(first, second, third);

        await new ApiCaller(api.Url, expired).GetAsync("/cdrs", HttpStatusCode.Unauthorized);
        await new ApiCaller(api.Url, elsewhere).GetAsync("/cdrs", HttpStatusCode.Unauthorized);
        await new ApiCaller(api.Url, good).GetAsync("/cdrs?limit=1");

        api.ReadLog().Should().Contain("API key \\\"expired\\\" was refused: \\\"it has expired\\\"")
            .And.Contain("API key \\\"elsewhere\\\" was refused");
    }

    [Theory]
    [InlineData("127.0.0.1/32", "192.0.2.7", 200)]
    [InlineData("127.0.0.1/32", "203.0.113.9", 401)]
    [InlineData("127.0.0.1/32", "192.0.2.7, 203.0.113.9", 401)]
    [InlineData("", "192.0.2.7", 401)]
    public async Task Only_a_trusted_proxy_says_where_a_caller_is(string proxy, string forwarded, int status)
    {
        var (key, options) = await MintAsync("--id", "web", "--scope", "cdrs:read:all", "--network", "192.0.2.0/24");
        Write(options);
        var environment = new Dictionary<string, string?> { ["ConfigFile"] = _file };
        if (proxy.Length > 0)
        {
            environment["Security__TrustedProxies__0"] = proxy;
        }

        await using var api = await sandbox.Sandbox.StartApiAsync(environment);
        using var response = await new ApiCaller(api.Url, key).SendAsync("/cdrs?limit=1",
            headers: new Dictionary<string, string> { ["X-Forwarded-For"] = forwarded });

        ((int)response.StatusCode).Should().Be(status);
    }

    [Fact]
    public async Task Keys_come_and_go_without_a_restart()
    {
        var (leaving, first) = await MintAsync("--id", "leaving", "--scope", "cdrs:read:all");
        var (staying, second) = await MintAsync("--id", "staying", "--scope", "cdrs:read:all");
        var (coming, third) = await MintAsync("--id", "coming", "--scope", "cdrs:read:all");
        await using var api = await StartAsync(first, second);
        await new ApiCaller(api.Url, leaving).GetAsync("/cdrs?limit=1");
        await new ApiCaller(api.Url, coming).GetAsync("/cdrs?limit=1", HttpStatusCode.Unauthorized);

        Write(second, third);

        await Eventually.BecomesTrueAsync(async () => await StatusAsync(api.Url, leaving) == HttpStatusCode.Unauthorized, TimeSpan.FromSeconds(5));
        (await StatusAsync(api.Url, staying)).Should().Be(HttpStatusCode.OK);
        (await StatusAsync(api.Url, coming)).Should().Be(HttpStatusCode.OK);
    }

    [Theory]
    [InlineData("{ not JSON", "cannot be read")]
    [InlineData("""{"Security":{"ApiKeys":{"2":{"Id":"x"}}}}""", "Sha256 must be")]
    [InlineData("""{"Security":{"ApiKeys":{"2":{"Id":"x","Accounts":["all"]}}}}""", "cannot be used")]
    [InlineData("""{"Security":{"ApiKeys":{"0":{"Expire":"2027-01-01"}}}}""", "Security:ApiKeys:0:Expire is no setting of a key")]
    [InlineData("""{"Security":{"ApiKeys":{"0":{"Networks":"192.0.2.0/24"}}}}""", "Security:ApiKeys:0:Networks must be a list")]
    [InlineData("""{"Security":{"ApiKeys":[{"Id":null,"Sha256":null}]}}""", "the API keys of before stay")]
    [InlineData("""{"Security":{"ApiKeys":[{"Id":"x","Networks":null,"Accounts":null}],"Jwt":null}}""", "the API keys of before stay")]
    [InlineData("""{"Security":{"ApiKeys":{"0":{"HiddenFields":"cost"}}}}""", "Security:ApiKeys:0:HiddenFields must be a list")]
    public async Task A_file_that_cannot_be_used_leaves_the_keys_of_before(string text, string complaint)
    {
        var (key, options) = await MintAsync("--id", "kept", "--scope", "cdrs:read:all");
        await using var api = await StartAsync(options);

        await File.WriteAllTextAsync(_file, text);

        await Eventually.BecomesTrueAsync(() => Task.FromResult(api.ReadLog().Contains("the API keys of before stay", StringComparison.Ordinal)));
        api.ReadLog().Should().Contain(complaint);
        (await StatusAsync(api.Url, key)).Should().Be(HttpStatusCode.OK);
    }

    [Theory]
    [InlineData("The key has the scope cdrs:read, but no Accounts", "--id", "a")]
    [InlineData("The key names Accounts or Customers and has cdrs:read:all", "--id", "a", "--customer", "1", "--scope", "cdrs:read:all")]
    [InlineData("The key:Expires must be a date", "--id", "a", "--account", "1", "--expires", "soon")]
    [InlineData("The key:Networks must be networks", "--id", "a", "--account", "1", "--network", "192.0.2.7")]
    [InlineData("The key:Id must be letters", "--id", "a_b", "--account", "1")]
    [InlineData("The key:Scopes must name", "--id", "a", "--scope", "admin")]
    [InlineData("--id", "--account", "1")]
    public async Task What_cannot_be_minted_says_why(string complaint, params string[] options)
    {
        var (exitCode, _, error) = await RunAsync(["keys", "new", .. options]);

        exitCode.Should().Be(1);
        error.Should().Contain(complaint);
    }

    [Fact]
    public async Task The_list_shows_keys_and_no_secrets()
    {
        var (_, first) = await MintAsync("--id", "reports", "--account", "14", "--account", "96", "--expires", "2026-01-01", "--network", "192.0.2.0/24");
        var (_, second) = await MintAsync("--id", "everything", "--scope", "cdrs:read:all", "--scope", "ops:read");
        var (_, third) = await MintAsync("--id", "reseller", "--customer", "3");
        await File.WriteAllTextAsync(_file, $$$"""{"Security":{"ApiKeys":[{{{first.ToJsonString()}}},{{{second.ToJsonString()}}},{{{third.ToJsonString()}}}]}}""");

        var (exitCode, output, _) = await RunAsync(["keys", "list"], new() { ["ConfigFile"] = _file });

        exitCode.Should().Be(0);
        output.TrimEnd().Split('\n').Should().Equal(
            "reports: cdrs:read, accounts 14 96, expired 2026-01-01 00:00:00Z, from 192.0.2.0/24", "everything: cdrs:read:all ops:read",
            "reseller: cdrs:read, customers 3");
    }

    private static async Task<HttpStatusCode> StatusAsync(Uri url, string key)
    {
        using var response = await new ApiCaller(url, key).SendAsync("/cdrs?limit=1");
        return response.StatusCode;
    }

    private static async Task<(string Key, JsonNode Options)> MintAsync(params string[] options)
    {
        var (exitCode, output, error) = await RunAsync(["keys", "new", .. options]);
        exitCode.Should().Be(0, error);
        return (output[..output.IndexOf('\n', StringComparison.Ordinal)], JsonNode.Parse(output[output.IndexOf('{', StringComparison.Ordinal)..])!);
    }

    private static async Task<(int ExitCode, string Output, string Error)> RunAsync(string[] args, Dictionary<string, string>? environment = null)
    {
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "CdrApi.dll"), .. args])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in environment ?? [])
        {
            start.Environment[name] = value;
        }

        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync();
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode, output, await error);
    }

    // The sandbox gives the first two keys in the environment.
    private void Write(params JsonNode[] keys)
    {
        var byIndex = new JsonObject(keys.Select((key, i) => KeyValuePair.Create<string, JsonNode?>($"{i + 2}", key.DeepClone())));
        File.WriteAllText(_file, new JsonObject { ["Security"] = new JsonObject { ["ApiKeys"] = byIndex } }.ToJsonString());
    }

    private async Task<ApiProcess> StartAsync(params JsonNode[] keys)
    {
        Write(keys);
        return await sandbox.Sandbox.StartApiAsync(new Dictionary<string, string?> { ["ConfigFile"] = _file });
    }
}
