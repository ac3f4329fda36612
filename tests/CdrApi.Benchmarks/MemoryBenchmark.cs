using CdrSandbox;

namespace CdrApi.Benchmarks;

/// <summary>
/// How much a long download adds to the API's memory: at full speed, and by a slow client, where a service that
/// reads ahead would fill up. Each in a fresh process, since memory that was taken once is seldom given back.
/// </summary>
internal static class MemoryBenchmark
{
    private const int WarmUpRequests = 200;
    private const int WarmUpLimit = 1000;

    public static async Task RunAsync(BenchmarkOptions options, CancellationToken cancellation)
    {
        var limit = options.Quick ? 10_000 : Math.Min(options.Rows, 1_000_000);
        await using var sandbox = await Sandbox.StartAsync(
            new SandboxOptions { Rows = options.Rows, CallsPerSecond = 0, StartApi = false }, Console.Error, cancellation);
        var psql = new Psql(sandbox);

        var seconds = options.Quick ? 3 : options.Seconds ?? 60;
        var fast = await MeasureAsync("Full speed", curl => curl.GetAsync(limit, cancellation), check: true);
        var slow = await MeasureAsync(
            $"1 MB/s, stopped after {seconds} s", curl => curl.GetAsync(limit, cancellation, "1M", seconds), check: false);

        Console.WriteLine();
        Console.WriteLine($"growth at full speed {fast:F1} MB{options.Goal("less than 40 MB")}");
        Console.WriteLine($"growth at 1 MB/s {slow:F1} MB{options.Goal("less than 40 MB")}");

        async Task<double> MeasureAsync(string what, Func<Curl, Task<Download>> download, bool check)
        {
            await using var api = await sandbox.StartApiAsync(cancellationToken: cancellation);
            var curl = new Curl(api, sandbox.ApiKey);
            var memory = new ProcessMemory(api.Process.Id);
            for (var i = 0; i < (options.Quick ? 5 : WarmUpRequests); i++)
                await curl.GetAsync(WarmUpLimit, cancellation);
            var (warmPeak, warm) = (memory.Peak, memory.Resident);

            memory.ResetPeak();
            var reading = download(curl);
            var samples = await memory.SampleAsync(reading);
            var (peak, answer) = (memory.Peak, await reading);

            Console.WriteLine($"""
                {what}: {answer.Bytes / 1e6:N1} MB in {answer.Elapsed.TotalSeconds:F1} s{(answer.Complete ? $", {limit:N0} CDRs" : ", not read to its end")}
                  after pages of {WarmUpLimit:N0}    resident {warm:F1} MB, peak {warmPeak:F1} MB
                  during the download    resident {samples.Average():F1} MB on average, {samples.Max():F1} at most of {samples.Count:N0} samples, peak {peak:F1} MB
                """);
            if (check)
                await RowCount.CheckAsync(curl, psql, limit, cancellation);
            // From what is resident, not from the warm-up's peak: the stricter of the two.
            return peak - warm;
        }
    }
}
