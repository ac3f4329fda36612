using System.Globalization;
using System.Text.Json;

namespace CdrApi.Tests.Http;

/// <summary>The OpenAPI document in the hands of those that it is for.</summary>
public sealed class OpenApiClientTests(TestSandbox sandbox, OpenApiClient client) : IClassFixture<OpenApiClient>
{
    private static readonly string[] Browsers = ["chromium", "chromium-browser", "google-chrome"];

    [Fact]
    public async Task Spectral_finds_nothing_in_the_document() =>
        (await client.RunPackageAsync("spectral", "lint", "openapi.json", "--fail-severity", "hint")).Should().Contain("No results");

    [Fact]
    public async Task A_generated_TypeScript_client_compiles_and_pages_through_all_CDRs()
    {
        await client.RunPackageAsync("openapi-typescript", "openapi.json", "--output", "api.d.ts");
        await client.RunPackageAsync("tsc");

        var printed = await client.RunAsync("node", ["page.js"], Environment());

        var ids = printed.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(id => long.Parse(id, CultureInfo.InvariantCulture));
        ids.Order().Should().Equal(await sandbox.Replica.ScalarAsync<long[]>("SELECT array_agg(i_cdr ORDER BY i_cdr) FROM cdrs"));
    }

    [Fact]
    public async Task Swagger_UI_executes_every_operation_as_it_stands_there()
    {
        var environment = Environment();
        environment["CHROMIUM"] = Browsers.Select(Find).FirstOrDefault(path => path is not null) ?? "";
        Assert.SkipWhen(environment["CHROMIUM"].Length == 0, "Needs Chromium: install chromium.");
        var id = await sandbox.Replica.ScalarAsync<long>("SELECT max(i_cdr) FROM cdrs");
        var session = (await sandbox.All.PostAsync("/auth/token", "{}")).GetProperty("session").GetProperty("id").GetString();
        environment["CDR_PATH_PARAMETERS"] = $$"""{"i_account":{{sandbox.Sandbox.Account}},"i_cdr":{{id}},"id":"{{session}}"}""";

        var seen = JsonDocument.Parse(await client.RunAsync("node", ["swagger.mjs"], environment)).RootElement;

        var document = await sandbox.Nobody.GetAsync("/openapi/v1.json");
        seen.GetProperty("results").GetArrayLength().Should().Be(
            document.GetProperty("paths").EnumerateObject().Sum(p => p.Value.EnumerateObject().Count()));
        foreach (var result in seen.GetProperty("results").EnumerateArray())
        {
            if (result.GetProperty("operation").GetString()!.StartsWith("DELETE ", StringComparison.Ordinal))
            {
                result.GetProperty("status").GetInt32().Should().Be(204, "{0}", result);
                continue;
            }

            result.GetProperty("status").GetInt32().Should().Be(200, "{0}", result);
            var body = JsonDocument.Parse(result.GetProperty("body").GetString()!).RootElement;
            body.EnumerateObject().Should().NotBeEmpty();
        }

        seen.GetProperty("errors").EnumerateArray().Should().BeEmpty();
    }

    private Dictionary<string, string> Environment() => new()
    {
        ["CDR_API_URL"] = sandbox.Api.Url.OriginalString,
        ["CDR_API_KEY"] = sandbox.Sandbox.ApiKey,
    };

    private static string? Find(string program) => (System.Environment.GetEnvironmentVariable("PATH") ?? "").Split(':')
        .Select(directory => Path.Combine(directory, program)).FirstOrDefault(File.Exists);
}
