using System.ComponentModel;
using System.Diagnostics;
using CdrSandbox;

namespace CdrApi.Benchmarks;

/// <summary>A program that is run to its end.</summary>
/// <param name="ExitCode">Its exit code.</param>
/// <param name="Output">What it wrote to stdout.</param>
/// <param name="Errors">What it wrote to stderr.</param>
/// <param name="Elapsed">From before its start to after its end.</param>
internal sealed record Command(int ExitCode, string Output, string Errors, TimeSpan Elapsed)
{
    public static async Task<Command> RunAsync(string program, IEnumerable<string> arguments, CancellationToken cancellation, int alsoGood = 0)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        // PGOPTIONS, PGSSLMODE and the like of whoever runs this are not meant for it.
        foreach (var name in start.Environment.Keys.Where(name => name.StartsWith("PG", StringComparison.Ordinal)).ToList())
            start.Environment.Remove(name);
        start.Environment["LC_ALL"] = "C";

        cancellation.ThrowIfCancellationRequested();
        var started = TimeProvider.System.GetTimestamp();
        using var process = Start(start);
        try
        {
            var output = process.StandardOutput.ReadToEndAsync(cancellation);
            var errors = process.StandardError.ReadToEndAsync(cancellation);
            await process.WaitForExitAsync(cancellation);
            var elapsed = TimeProvider.System.GetElapsedTime(started);
            return process.ExitCode == 0 || process.ExitCode == alsoGood
                ? new Command(process.ExitCode, await output, await errors, elapsed)
                : throw new SandboxException($"{program} ended with exit code {process.ExitCode}: {await errors}");
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }
    }

    private static Process Start(ProcessStartInfo start)
    {
        try
        {
            return Process.Start(start)!;
        }
        catch (Win32Exception e)
        {
            throw new SandboxException($"{start.FileName} cannot be started: {e.Message}. Install it.");
        }
    }
}
