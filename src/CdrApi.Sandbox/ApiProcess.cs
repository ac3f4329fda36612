using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Text.RegularExpressions;

namespace CdrSandbox;

/// <summary>The API in a process of its own, as in production, so that its memory and its death can be watched.</summary>
public sealed partial class ApiProcess : IAsyncDisposable
{
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(20);

    private ApiProcess(Process process, string logFile)
    {
        Process = process;
        LogFile = logFile;
    }

    public Process Process { get; }

    public string LogFile { get; }

    /// <summary>Where it listens, without a slash at the end.</summary>
    public Uri Url { get; private set; } = new("http://127.0.0.1:0");

    /// <summary>All that it has written to stdout and stderr.</summary>
    public string ReadLog() => ReadLog(LogFile);

    internal static string ReadLog(string file)
    {
        using var reader = new StreamReader(new FileStream(file, FileMode.OpenOrCreate, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete));
        return reader.ReadToEnd();
    }

    /// <summary>Asks it to finish what it is at (SIGTERM), and returns its exit code.</summary>
    public async Task<int> StopAsync()
    {
        if (!Process.HasExited)
            Libc.Signal(Process.Id, Libc.Sigterm);
        using var limit = new CancellationTokenSource(StopLimit);
        try
        {
            await Process.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            Process.Kill();
            await Process.WaitForExitAsync(CancellationToken.None);
        }
        return Process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        Process.Dispose();
    }

    internal static async Task<ApiProcess> StartAsync(
        IEnumerable<KeyValuePair<string, string?>> environment, int port, string logFile, bool waitUntilReady, CancellationToken cancellationToken)
    {
        // exec, so that the process is the API itself; a file, so that it never waits for a reader.
        var dotnet = Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet";
        var start = new ProcessStartInfo("/bin/sh", ["-c", "exec \"$0\" \"$1\" >\"$2\" 2>&1", dotnet, Path.Combine(AppContext.BaseDirectory, "CdrApi.dll"), logFile])
        {
            WorkingDirectory = AppContext.BaseDirectory,
        };
        foreach (var name in start.Environment.Keys.Where(name => name.StartsWith("ASPNETCORE_", StringComparison.Ordinal)).ToList())
            start.Environment.Remove(name);
        start.Environment["Urls"] = string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}");
        foreach (var (name, value) in environment)
            start.Environment[name] = value;

        var api = new ApiProcess(Process.Start(start)!, logFile);
        try
        {
            await api.WaitAsync("listen", api.FindAddressAsync, cancellationToken);
            if (waitUntilReady)
                await api.WaitAsync("become ready", api.AnswersReadyAsync, cancellationToken);
            return api;
        }
        catch
        {
            await api.DisposeAsync();
            throw;
        }
    }

    private async Task WaitAsync(string what, Func<CancellationToken, Task<bool>> condition, CancellationToken cancellationToken)
    {
        var started = TimeProvider.System.GetTimestamp();
        while (!await condition(cancellationToken))
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (Process.HasExited)
                throw new SandboxException($"The API ended with exit code {Process.ExitCode}. Its last lines:\n{LastLines()}");
            if (TimeProvider.System.GetElapsedTime(started) > StartLimit)
                throw new SandboxException($"The API did not {what} within {StartLimit.TotalSeconds} s. Its last lines:\n{LastLines()}");
            await Task.Delay(TimeSpan.FromMilliseconds(50), cancellationToken);
        }
    }

    private Task<bool> FindAddressAsync(CancellationToken cancellationToken)
    {
        var match = NowListening().Match(ReadLog());
        if (match.Success)
            Url = new Uri(match.Groups[1].Value);
        return Task.FromResult(match.Success);
    }

    private async Task<bool> AnswersReadyAsync(CancellationToken cancellationToken)
    {
        using var client = new HttpClient { Timeout = TimeSpan.FromSeconds(5) };
        try
        {
            using var response = await client.GetAsync(new Uri(Url, "/health/ready"), cancellationToken);
            return response.StatusCode == HttpStatusCode.OK;
        }
        catch (Exception e) when (e is HttpRequestException or TaskCanceledException && !cancellationToken.IsCancellationRequested)
        {
            return false;
        }
    }

    private string LastLines() => string.Join('\n', ReadLog().TrimEnd().Split('\n').TakeLast(20));

    // As text or as JSON, where the address is quoted and the quotes are escaped.
    [GeneratedRegex("""Now listening on: [\\"]*(http://[\d.:]+)""")]
    private static partial Regex NowListening();
}
