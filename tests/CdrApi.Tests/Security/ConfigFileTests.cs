using System.Net;
using CdrSandbox;

namespace CdrApi.Tests.Security;

/// <summary>A configuration file that is changed, lost and mended while the service runs, however that comes about.</summary>
public sealed class ConfigFileTests(TestSandbox sandbox)
{
    [Fact]
    public async Task A_symbolic_link_that_is_led_elsewhere_is_a_change()
    {
        // As Kubernetes does it: cdrapi.json -> ..data/cdrapi.json, ..data -> a folder that is replaced.
        using var file = new KeyFile();
        var (removed, first) = KeyFile.NewKey("removed");
        var (kept, second) = KeyFile.NewKey("kept");
        Publish("1", KeyFile.Text(first, second));
        File.CreateSymbolicLink(file.Path, "..data/cdrapi.json");
        await using var api = await file.StartApiAsync(sandbox);
        (await StatusAsync(api, removed)).Should().Be(HttpStatusCode.OK);

        Publish("2", KeyFile.Text(second));

        await Eventually.BecomesTrueAsync(async () => await StatusAsync(api, removed) == HttpStatusCode.Unauthorized, TimeSpan.FromSeconds(5));
        (await StatusAsync(api, kept)).Should().Be(HttpStatusCode.OK);

        void Publish(string version, string text)
        {
            var folder = Directory.CreateDirectory(Path.Combine(file.Folder, version)).FullName;
            File.WriteAllText(Path.Combine(folder, "cdrapi.json"), text);
            var link = Path.Combine(file.Folder, "..data");
            File.CreateSymbolicLink(link + "_tmp", version);
            // In one step; File.Move follows the link.
            using var move = System.Diagnostics.Process.Start("mv", ["-T", link + "_tmp", link]);
            move.WaitForExit();
            move.ExitCode.Should().Be(0);
        }
    }

    [Fact]
    public async Task While_the_file_cannot_be_read_health_and_log_say_that_the_keys_of_before_hold()
    {
        using var file = new KeyFile();
        var (removed, first) = KeyFile.NewKey("removed");
        var (kept, second) = KeyFile.NewKey("kept");
        file.Write(first, second);
        await using var api = await file.StartApiAsync(sandbox);

        // Root may read any file: one that is gone cannot be read by anybody.
        File.Delete(file.Path);
        await Eventually.BecomesTrueAsync(async () => await CheckAsync(api) == "warn", TimeSpan.FromSeconds(5));
        api.ReadLog().Should().Contain("cdrapi.json cannot be read").And.Contain("the API keys of before stay");
        (await StatusAsync(api, removed)).Should().Be(HttpStatusCode.OK);
        var health = await new ApiCaller(api.Url, null).GetAsync("/health");
        health.GetProperty("status").GetString().Should().Be("warn");
        health.GetProperty("checks").GetProperty("configuration").GetProperty("output").GetString().Should().Contain("keys of before hold").And.NotContain(file.Folder);

        // Now it can be read, and cannot be used.
        await File.WriteAllTextAsync(file.Path, """{"Security":{"ApiKeys":[]}}""");
        await Eventually.BecomesTrueAsync(() => Task.FromResult(api.ReadLog().Contains("nobody could call", StringComparison.Ordinal)), TimeSpan.FromSeconds(5));
        (await CheckAsync(api)).Should().Be("warn");

        file.Write(second);
        await Eventually.BecomesTrueAsync(async () => await CheckAsync(api) == "pass", TimeSpan.FromSeconds(5));
        (await StatusAsync(api, removed)).Should().Be(HttpStatusCode.Unauthorized);
        (await StatusAsync(api, kept)).Should().Be(HttpStatusCode.OK);
    }

    [Fact]
    public async Task What_no_parser_expects_ends_nothing()
    {
        using var file = new KeyFile();
        var (key, options) = KeyFile.NewKey("kept");
        file.Write(options);
        await using var api = await file.StartApiAsync(sandbox);

        await File.WriteAllTextAsync(file.Path, """{"Security":{"ApiKeys":[]},"Note":"\ud800"}""");

        await Eventually.BecomesTrueAsync(async () => await CheckAsync(api) == "warn", TimeSpan.FromSeconds(5));
        (await StatusAsync(api, key)).Should().Be(HttpStatusCode.OK);
        file.Write(options);
        await Eventually.BecomesTrueAsync(async () => await CheckAsync(api) == "pass", TimeSpan.FromSeconds(5));
    }

    [Fact]
    public async Task A_file_that_does_not_answer_is_told()
    {
        using var file = new KeyFile();
        var (key, options) = KeyFile.NewKey("kept");
        file.Write(options);
        await using var api = await file.StartApiAsync(sandbox);

        // A pipe that nobody writes into: as a mount whose server is away.
        File.Delete(file.Path);
        using (var make = System.Diagnostics.Process.Start("mkfifo", [file.Path]))
        {
            make.WaitForExit();
        }

        await Eventually.BecomesTrueAsync(async () => await CheckAsync(api) == "warn", TimeSpan.FromSeconds(10));
        (await StatusAsync(api, key)).Should().Be(HttpStatusCode.OK);
        api.ReadLog().Should().Contain("does not answer");
        // The reader is let go.
        await File.WriteAllTextAsync(file.Path, KeyFile.Text(options));
        File.Delete(file.Path);
        file.Write(options);
        await Eventually.BecomesTrueAsync(async () => await CheckAsync(api) == "pass", TimeSpan.FromSeconds(10));
    }

    [Fact]
    public async Task A_file_that_cannot_be_read_at_the_start_ends_it_with_one_message()
    {
        using var file = new KeyFile();
        Directory.CreateDirectory(file.Path);

        await ShouldEndAsync(file, "cdrapi.json cannot be read");
    }

    [Fact]
    public async Task A_file_that_is_no_JSON_at_the_start_ends_it_with_one_message()
    {
        using var file = new KeyFile();
        await File.WriteAllTextAsync(file.Path, "{ Security");

        await ShouldEndAsync(file, "cdrapi.json cannot be read");
    }

    [Fact]
    public async Task A_list_of_the_file_stands_in_place_of_one_of_the_environment_and_is_told()
    {
        using var file = new KeyFile();
        var (key, options) = KeyFile.NewKey("file");
        file.Write(options);
        await using var api = await file.StartApiAsync(sandbox);

        // By their indexes, the file's key would have taken the place of the first one in the environment, and the second would have stayed.
        (await StatusAsync(api, key)).Should().Be(HttpStatusCode.OK);
        (await StatusAsync(api, sandbox.Sandbox.ApiKey)).Should().Be(HttpStatusCode.Unauthorized);
        (await StatusAsync(api, sandbox.Sandbox.AccountKey)).Should().Be(HttpStatusCode.Unauthorized);
        api.ReadLog().Should().Contain("Security:ApiKeys stands in more than one place");
    }

    private async Task ShouldEndAsync(KeyFile file, string message)
    {
        var starting = () => file.StartApiAsync(sandbox);

        (await starting.Should().ThrowAsync<SandboxException>()).Which.Message.Should().Contain("exit code 1").And.Contain(message).And.NotContain("   at ");
    }

    private static async Task<string?> CheckAsync(ApiProcess api) =>
        (await new ApiCaller(api.Url, null).GetAsync("/health")).GetProperty("checks").GetProperty("configuration").GetProperty("status").GetString();

    private static async Task<HttpStatusCode> StatusAsync(ApiProcess api, string key)
    {
        using var response = await new ApiCaller(api.Url, key).SendAsync("/cdrs?limit=1");
        return response.StatusCode;
    }
}
