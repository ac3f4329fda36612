using System.ComponentModel;
using System.Diagnostics;
using CdrSandbox;

namespace CdrApi.Tests.Deploy;

/// <summary>A program of the machine, run to its end. Where it is missing, the test is skipped, and says so.</summary>
internal static class Tool
{
    /// <summary>For what only root may do.</summary>
    public static void NeedsRoot(string what) => Assert.SkipUnless(Environment.IsPrivilegedProcess, $"Needs root: {what}.");

    /// <summary>The directory of PostgreSQL's programs, clients among them: builds for embedding have none.</summary>
    public static string NeedsClients(Sandbox sandbox)
    {
        string[] clients = ["psql", "pg_basebackup"];
        var complete = sandbox.PgBin is { } bin && clients.All(client => File.Exists(Path.Combine(bin, client)));
        Assert.SkipUnless(complete, "Needs psql and pg_basebackup beside the server's programs: install postgresql.");
        return sandbox.PgBin!;
    }

    /// <param name="package">Debian's package that has the program.</param>
    /// <param name="program">Its name.</param>
    /// <param name="arguments">What it is told.</param>
    /// <returns>The exit code, and all that it wrote to stdout and stderr.</returns>
    public static async Task<(int ExitCode, string Output)> RunAsync(string package, string program, params IEnumerable<string> arguments)
    {
        using var process = Start(package, program, arguments);
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(4));
        try
        {
            await process.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }

        return (process.ExitCode, await output + await errors);
    }

    /// <summary>The same for one that must succeed.</summary>
    public static async Task<string> MustAsync(string package, string program, params IEnumerable<string> arguments)
    {
        var (exitCode, output) = await RunAsync(package, program, arguments);
        exitCode.Should().Be(0, "{0} {1} said: {2}", program, string.Join(' ', arguments), output);
        return output;
    }

    /// <summary>One that goes on until it is told to stop.</summary>
    public static Process Start(string package, string program, params IEnumerable<string> arguments)
    {
        // Not on everybody's path.
        var path = new[] { "/usr/sbin/", "/sbin/", "/usr/local/sbin/" }.Select(directory => directory + program).FirstOrDefault(File.Exists) ?? program;
        try
        {
            return Process.Start(new ProcessStartInfo(path, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true })!;
        }
        catch (Win32Exception)
        {
            Assert.Skip($"Needs {package}: install {package}.");
            throw;
        }
    }
}
