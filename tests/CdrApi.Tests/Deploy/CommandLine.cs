using System.Diagnostics;

namespace CdrApi.Tests.Deploy;

/// <summary>A program, run to its end.</summary>
internal static class CommandLine
{
    public static async Task<Result> RunAsync(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true })!;
        process.StandardInput.Close();
        var errors = process.StandardError.ReadToEndAsync();
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return new Result(process.ExitCode, output + await errors);
    }

    public static async Task<string> MustAsync(string program, params string[] arguments)
    {
        var result = await RunAsync(program, arguments);
        result.ExitCode.Should().Be(0, "{0} {1} said: {2}", program, string.Join(' ', arguments), result.Output);
        return result.Output;
    }

    internal sealed record Result(int ExitCode, string Output);
}
