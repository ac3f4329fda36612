using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Text.Json;
using CdrSandbox;

namespace CdrApi.Benchmarks;

/// <summary>
/// Ten minutes of mixed load at the pool's limit, with a fault every 20 seconds. Each answer is compared with what SQL says; what is refused or
/// aborted is counted by its kind, and only a wrong answer that looks right is a failure.
/// </summary>
internal static class SoakBenchmark
{
    private const int Downloads = 6;
    private const int Pages = 24;
    private const int Statistics = 2;
    private const int Stalled = 20;
    private static readonly TimeSpan FaultInterval = TimeSpan.FromSeconds(20);

    public static async Task RunAsync(BenchmarkOptions options, CancellationToken cancellation)
    {
        await using var sandbox = await Sandbox.StartAsync(
            new SandboxOptions { Rows = options.Rows, Standbys = 2, CallsPerSecond = 0, StartApi = false }, Console.Error, cancellation);
        await using var api = await sandbox.StartApiAsync(cancellationToken: cancellation);
        var truth = await SoakTruth.ReadAsync(sandbox, cancellation);
        await using var faults = new SoakFaults(sandbox);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var length = TimeSpan.FromSeconds(options.Quick ? 10 : options.Seconds ?? 600);
        end.CancelAfter(length);

        var tally = new ConcurrentDictionary<string, int>();
        using var http = new HttpClient(new SocketsHttpHandler { MaxConnectionsPerServer = 200 })
        {
            BaseAddress = api.Url,
            Timeout = Timeout.InfiniteTimeSpan,
            DefaultRequestHeaders = { { "X-API-Key", sandbox.ApiKey } },
        };
        List<Task> load =
        [
            .. Callers(Downloads, "download", SoakTruth.Download, truth.IsDownload),
            .. Callers(Pages, "page", truth.AnyPage, truth.IsPage),
            .. Callers(Statistics, "statistics", () => "/cdrs/stats?type=all&group_by=day", truth.IsStatistics),
            .. Enumerable.Range(0, Stalled).Select(_ => StallAsync(http, end.Token)),
        ];
        var memory = new ProcessMemory(api.Process.Id);
        var sampling = memory.SampleAsync(Task.WhenAll(load));
        await faults.RunAsync(options.Quick ? TimeSpan.FromSeconds(3) : FaultInterval, end.Token);
        var samples = await sampling;
        cancellation.ThrowIfCancellationRequested();

        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{length.TotalMinutes:F1} minutes, {options.Rows:N0} CDRs, {faults.Count} faults: {faults.Summary}"));
        foreach (var (what, count) in tally.OrderBy(t => t.Key, StringComparer.Ordinal))
            Console.WriteLine($"  {what,-34} {count,9:N0}");
        var tenth = Math.Max(1, samples.Count / 10);
        var medians = samples.Chunk(tenth).Take(10).Select(chunk => string.Create(CultureInfo.InvariantCulture, $"{Middle(chunk):F0}"));
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"resident memory in MB, median of each tenth: {string.Join(", ", medians)}; at most {samples.Max():F0}"));
        Console.WriteLine($"wrong answers: {tally.Where(t => t.Key.EndsWith("wrong", StringComparison.Ordinal)).Sum(t => t.Value)}{options.Goal("0")}");

        IEnumerable<Task> Callers(int count, string what, Func<string> path, Func<string, string, bool> isRight) =>
            Enumerable.Range(0, count).Select(_ => Task.Run(() => CallAsync(http, what, path, isRight, tally, end.Token), CancellationToken.None));
    }

    private static async Task CallAsync(
        HttpClient http, string what, Func<string> nextPath, Func<string, string, bool> isRight, ConcurrentDictionary<string, int> tally, CancellationToken end)
    {
        while (!end.IsCancellationRequested)
        {
            var path = nextPath();
            string outcome;
            try
            {
                using var response = await http.GetAsync(path, end);
                var body = await response.Content.ReadAsStringAsync(end);
                outcome = response.StatusCode != HttpStatusCode.OK ? $"{(int)response.StatusCode} {TypeOf(body)}" : isRight(path, body) ? "right" : "wrong";
            }
            catch (OperationCanceledException)
            {
                return;
            }
            catch (HttpRequestException)
            {
                outcome = "aborted";
            }

            tally.AddOrUpdate($"{what}: {outcome}", 1, (_, count) => count + 1);
        }
    }

    /// <summary>Takes the head of a download and then nothing, for a while; leaves; comes again.</summary>
    private static async Task StallAsync(HttpClient http, CancellationToken end)
    {
        try
        {
            while (!end.IsCancellationRequested)
            {
                using var response = await http.GetAsync("/cdrs?limit=1000000&type=all&fields=all", HttpCompletionOption.ResponseHeadersRead, end);
                await Task.Delay(TimeSpan.FromSeconds(Random.Shared.Next(1, 30)), end);
            }
        }
        catch (Exception e) when (e is OperationCanceledException or HttpRequestException)
        {
            // The end, or a fault: what others receive is what counts.
        }
    }

    private static string TypeOf(string problem) => JsonDocument.Parse(problem).RootElement.GetProperty("type").GetString()!;

    private static double Middle(IEnumerable<double> samples)
    {
        var sorted = samples.Order().ToList();
        return sorted.Count == 0 ? 0 : sorted[sorted.Count / 2];
    }
}
