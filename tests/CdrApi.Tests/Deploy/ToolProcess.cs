using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace CdrApi.Tests.Deploy;

/// <summary>A program of a Debian package. Where it is not installed, the tests are skipped, and say so.</summary>
internal sealed class ToolProcess : IAsyncDisposable
{
    private readonly Process _process;

    private ToolProcess(Process process) => _process = process;

    /// <summary>Starts a server, and waits until it listens.</summary>
    /// <param name="program">Its name.</param>
    /// <param name="package">What to install where there is none.</param>
    /// <param name="arguments">Its arguments.</param>
    /// <param name="port">Where it listens, on loopback.</param>
    /// <param name="logFile">Takes its output, so that it never waits for a reader.</param>
    /// <param name="environment">Added to its environment.</param>
    public static async Task<ToolProcess> StartAsync(
        string program, string package, IEnumerable<string> arguments, int port, string logFile, params (string Name, string Value)[] environment)
    {
        var start = new ProcessStartInfo("/bin/sh", ["-c", "log=$1; shift; exec \"$0\" \"$@\" >\"$log\" 2>&1", Find(program, package), logFile, .. arguments]);
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        var tool = new ToolProcess(Process.Start(start)!);
        try
        {
            await Eventually.BecomesTrueAsync(async () =>
            {
                if (tool._process.HasExited)
                {
                    Assert.Fail($"{program} does not start: " + await File.ReadAllTextAsync(logFile));
                }

                return await ListensAsync(port);
            });
            return tool;
        }
        catch
        {
            await tool.DisposeAsync();
            throw;
        }
    }

    /// <summary>Runs a program to its end; what it says, when it fails.</summary>
    public static async Task<string?> FailureOfAsync(string program, string package, params IEnumerable<string> arguments)
    {
        var (exitCode, output) = await Tool.RunAsync(package, program, arguments);
        return exitCode == 0 ? null : output;
    }

    public async ValueTask DisposeAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    private static string Find(string program, string package)
    {
        var file = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Append("/usr/bin").Select(d => Path.Combine(d, program)).FirstOrDefault(File.Exists);
        Assert.SkipWhen(file is null, $"Needs {package}: install {package}.");
        return file;
    }

    private static async Task<bool> ListensAsync(int port)
    {
        using var client = new TcpClient();
        try
        {
            await client.ConnectAsync(IPAddress.Loopback, port);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
