using System.Diagnostics;

namespace CdrApi.Tests.Deploy;

internal sealed record ScriptResult(int ExitCode, string Output);

/// <summary>An operator's command, with what it writes to both streams.</summary>
internal static class Script
{
    /// <summary>Whom the sandbox lends to its servers where it is root.</summary>
    public static string ServersUser { get; } = Environment.IsPrivilegedProcess && !File.ReadLines("/etc/passwd").Any(l => l.StartsWith("postgres:", StringComparison.Ordinal))
        ? "nobody" : "postgres";

    public static async Task<ScriptResult> RunAsync(string program, IEnumerable<string> arguments, string? input = null, bool asServersUser = false)
    {
        using var process = Start(program, arguments, asServersUser);
        return await EndAsync(process, input);
    }

    public static Process Start(string program, IEnumerable<string> arguments, bool asServersUser = false)
    {
        string[] command = asServersUser && Environment.IsPrivilegedProcess ? ["runuser", "-u", ServersUser, "--", program, .. arguments] : [program, .. arguments];
        var start = new ProcessStartInfo(command[0], command[1..])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = "/",
        };
        return Process.Start(start)!;
    }

    public static async Task<ScriptResult> EndAsync(Process process, string? input = null)
    {
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        await process.StandardInput.WriteAsync(input);
        process.StandardInput.Close();
        await process.WaitForExitAsync().WaitAsync(TimeSpan.FromMinutes(2));
        return new ScriptResult(process.ExitCode, await output + await errors);
    }
}
