using System.Diagnostics;
using System.Runtime.InteropServices;
using CdrApi.Tests.Deploy;

namespace CdrApi.Tests;

/// <summary>The sandbox as its users start it: a command, its options, its env file and its end.</summary>
public sealed partial class SandboxCommandTests(TestSandbox sandbox)
{
    private const int Sigterm = 15;

    [Fact]
    public async Task It_answers_with_two_standbys_and_leaves_nothing_behind()
    {
        Tool.NeedsClients(sandbox.Sandbox);

        var said = await RunAsync("local", "--standbys", "2");

        Directory.Exists(said["CDR_PRIMARY_DATA"]).Should().BeFalse();
        Directory.Exists(said["CDR_REPLICA_2_DATA"]).Should().BeFalse();
        File.Exists(Path.Combine(said["CDR_PG_BIN"], "psql")).Should().BeTrue();
    }

    [Fact]
    public async Task It_answers_from_containers_where_a_Docker_engine_runs() => await RunAsync("docker");

    [Theory]
    [InlineData("--colour", "blue")]
    [InlineData("--rows", "many")]
    [InlineData("--port", "-1")]
    public async Task A_bad_option_is_named_with_exit_code_2(string option, string value)
    {
        using var process = Start("local", option, value);
        var error = await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();

        process.ExitCode.Should().Be(2);
        error.Should().Contain(option);
    }

    /// <summary>Starts it, reads through its API, ends it; returns what its env file said.</summary>
    private static async Task<Dictionary<string, string>> RunAsync(string postgres, params string[] more)
    {
        var envFile = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        using var process = Start(postgres, ["--rows", "3000", "--accounts", "20", "--port", "0", "--env-file", envFile, .. more]);
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        try
        {
            await Eventually.BecomesTrueAsync(() => Task.FromResult(File.Exists(envFile) || process.HasExited), TimeSpan.FromMinutes(2));
            if (process.HasExited)
            {
                var why = await error;
                Assert.SkipWhen(why.StartsWith("No Docker engine answers", StringComparison.Ordinal)
                    || why.StartsWith("Docker cannot run the image", StringComparison.Ordinal), why.Trim());
                Assert.Fail(why);
            }

            var said = (await File.ReadAllLinesAsync(envFile)).Select(line => line.Split('=', 2)).ToDictionary(p => p[0], p => p[1]);
            File.GetUnixFileMode(envFile).Should().Be(UnixFileMode.UserRead | UnixFileMode.UserWrite, "it holds keys");
            var url = new Uri(said["CDR_API_URL"]);
            var all = await new ApiCaller(url, said["CDR_API_KEY"]).GetAsync("/cdrs?type=all&limit=2000");
            all.GetProperty("count").GetInt32().Should().Be(2000);
            var own = await new ApiCaller(url, said["CDR_ACCOUNT_KEY"]).GetAsync($"/accounts/{said["CDR_ACCOUNT"]}/cdrs?type=all");
            own.GetProperty("count").GetInt32().Should().BePositive();
            var lag = await new ApiCaller(url, null).GetAsync("/replication-lag");
            lag.GetProperty("replicas").EnumerateArray().Select(r => r.GetProperty("status").GetString()).Should()
                .HaveCount(said.Keys.Count(k => k.StartsWith("CDR_REPLICA", StringComparison.Ordinal) && !k.EndsWith("_DATA", StringComparison.Ordinal)))
                .And.AllBe("ok");

            _ = kill(process.Id, Sigterm);
            await process.WaitForExitAsync();
            process.ExitCode.Should().Be(0);
            (await output).Should().Contain("/swagger");
            return said;
        }
        finally
        {
            if (!process.HasExited)
            {
                _ = kill(process.Id, Sigterm);
                await process.WaitForExitAsync();
            }

            File.Delete(envFile);
        }
    }

    private static Process Start(string postgres, params string[] options)
    {
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "CdrApi.Sandbox.dll"), .. options])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["CDR_SANDBOX_POSTGRES"] = postgres;
        return Process.Start(start)!;
    }

    [LibraryImport("libc")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int kill(int process, int signal);
}
