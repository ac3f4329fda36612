using System.Diagnostics;
using System.Globalization;
using CdrSandbox;

namespace CdrApi.Benchmarks.Compare;

/// <summary>A contender's process, which listens on a port of its own.</summary>
internal sealed class ContenderServer : IAsyncDisposable
{
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(2);
    private readonly Process _process;

    private ContenderServer(Process process, Uri url)
    {
        _process = process;
        Url = url;
    }

    public int ProcessId => _process.Id;

    public Uri Url { get; }

    /// <summary>From before the process was started until its first answer was read.</summary>
    public TimeSpan StartTime { get; private set; }

    /// <param name="command">The program and its arguments.</param>
    /// <param name="environment">What it is told, by the port that it is to listen on.</param>
    /// <param name="page">What it is asked until it answers.</param>
    /// <param name="account">Whose.</param>
    /// <param name="cancellation">Ends it.</param>
    public static async Task<ContenderServer> StartAsync(
        IReadOnlyList<string> command, Func<string, IEnumerable<(string Name, string? Value)>> environment, PageRequest page, long account, CancellationToken cancellation)
    {
        var port = FreePort.Next().ToString(CultureInfo.InvariantCulture);
        // exec, so that the process is the server itself; nobody reads what it logs.
        var start = new ProcessStartInfo("/bin/sh", ["-c", "exec \"$@\" >/dev/null 2>&1", "sh", .. command]);
        foreach (var (name, value) in environment(port))
            start.Environment[name] = value;

        using var http = new HttpClient();
        var started = TimeProvider.System.GetTimestamp();
        var server = new ContenderServer(Process.Start(start)!, new Uri($"http://127.0.0.1:{port}"));
        try
        {
            while (!await AnswersAsync(http, page.ToMessage(server.Url, account), cancellation))
            {
                if (server._process.HasExited || TimeProvider.System.GetElapsedTime(started) > StartLimit)
                    throw new SandboxException($"{string.Join(' ', command)} does not answer.");
                await Task.Delay(Pause, cancellation);
            }

            server.StartTime = TimeProvider.System.GetElapsedTime(started);
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
            _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    private static async Task<bool> AnswersAsync(HttpClient http, HttpRequestMessage page, CancellationToken cancellation)
    {
        using (page)
        {
            try
            {
                using var response = await http.SendAsync(page, cancellation);
                return response.IsSuccessStatusCode;
            }
            catch (HttpRequestException)
            {
                return false;
            }
        }
    }
}
