using System.ComponentModel;
using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace CdrApi.Tests.Http;

/// <summary>
/// The tools that callers use on the OpenAPI document, installed by npm into a directory of their own, with the document
/// of the running service. Where there is no npm, the tests are skipped, and say so.
/// </summary>
public sealed class OpenApiClient(TestSandbox sandbox) : IAsyncLifetime
{
    private readonly string _directory = Directory.CreateTempSubdirectory("cdr-api-client-").FullName;
    private bool _hasNpm;

    /// <summary>Runs a program there until it ends well; what it wrote to stdout.</summary>
    public async Task<string> RunAsync(string program, IReadOnlyList<string> arguments, IReadOnlyDictionary<string, string>? environment = null)
    {
        Assert.SkipUnless(_hasNpm, "Needs npm: install nodejs and npm.");
        var (exitCode, output, errors) = await StartAsync(program, arguments, environment);
        exitCode.Should().Be(0, "{0} {1} says:\n{2}\n{3}", program, string.Join(' ', arguments), output, errors);
        return output;
    }

    /// <summary>The same for a program of one of the packages.</summary>
    public Task<string> RunPackageAsync(string name, params IReadOnlyList<string> arguments) =>
        RunAsync(Path.Combine(_directory, "node_modules/.bin", name), arguments);

    public async ValueTask InitializeAsync()
    {
        foreach (var file in Directory.EnumerateFiles(Path.Combine(Here(), "../OpenApiClient")))
        {
            File.Copy(file, Path.Combine(_directory, Path.GetFileName(file)));
        }

        using var response = await sandbox.Nobody.SendAsync("/openapi/v1.json");
        await File.WriteAllBytesAsync(Path.Combine(_directory, "openapi.json"), await response.Content.ReadAsByteArrayAsync());
        try
        {
            var (exitCode, output, errors) = await StartAsync("npm", ["ci"], null);
            exitCode.Should().Be(0, "npm ci says:\n{0}\n{1}", output, errors);
            _hasNpm = true;
        }
        catch (Win32Exception)
        {
            _hasNpm = false;
        }
    }

    public ValueTask DisposeAsync()
    {
        Directory.Delete(_directory, recursive: true);
        return ValueTask.CompletedTask;
    }

    private async Task<(int ExitCode, string Output, string Errors)> StartAsync(
        string program, IReadOnlyList<string> arguments, IReadOnlyDictionary<string, string>? environment)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = _directory,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in environment ?? new Dictionary<string, string>())
        {
            start.Environment[name] = value;
        }

        using var process = Process.Start(start)!;
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(TimeSpan.FromMinutes(5));
        try
        {
            var output = process.StandardOutput.ReadToEndAsync(limit.Token);
            var errors = process.StandardError.ReadToEndAsync(limit.Token);
            await process.WaitForExitAsync(limit.Token);
            return (process.ExitCode, await output, await errors);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }
    }

    private static string Here([CallerFilePath] string file = "") => Path.GetDirectoryName(file)!;
}
