using CdrSandbox;

namespace CdrApi.Benchmarks;

/// <summary>What bulk downloads leave to pages: pages of 100 CDRs one after the other, alone and while eight downloads run.</summary>
internal static class LanesBenchmark
{
    private const int Downloads = 8;

    public static async Task RunAsync(BenchmarkOptions options, CancellationToken cancellation)
    {
        await using var sandbox = await Sandbox.StartAsync(new SandboxOptions { Rows = options.Rows, CallsPerSecond = 0 }, Console.Error, cancellation);
        using var http = new HttpClient { BaseAddress = sandbox.Api!.Url, DefaultRequestHeaders = { { "X-API-Key", sandbox.ApiKey } } };
        var pages = options.Quick ? 50 : 1000;
        await MeasureAsync(pages);
        var (idle, busy) = (new Timings(), new Timings());
        for (var round = 0; round < (options.Quick ? 1 : 3); round++)
        {
            idle.Add(await MeasureAsync(pages));
            using var enough = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            var downloads = Enumerable.Range(0, Downloads).Select(_ => DownloadAsync(sandbox, options.Rows, enough.Token)).ToList();
            busy.Add(await MeasureAsync(pages));
            await enough.CancelAsync();
            await Task.WhenAll(downloads);
        }

        Console.WriteLine($"page of 100, alone                median {idle.Median:F1} ms, p99 {idle.At(0.99):F1} ms");
        Console.WriteLine($"page of 100, with {Downloads} downloads     median {busy.Median:F1} ms, p99 {busy.At(0.99):F1} ms");
        Console.WriteLine($"p99 with downloads to p99 alone: {busy.At(0.99) / idle.At(0.99):F2}{options.Goal("at most 4")}");

        async Task<Timings> MeasureAsync(int count)
        {
            var timings = new Timings();
            for (var i = 0; i < count; i++)
            {
                var started = TimeProvider.System.GetTimestamp();
                using var response = await http.GetAsync("/cdrs?limit=100&type=all", cancellation);
                timings.Add(TimeProvider.System.GetElapsedTime(started));
                response.EnsureSuccessStatusCode();
            }

            return timings;
        }
    }

    /// <summary>One after the other, until it is enough.</summary>
    private static async Task DownloadAsync(Sandbox sandbox, int rows, CancellationToken enough)
    {
        var curl = new Curl(sandbox.Api!, sandbox.ApiKey);
        try
        {
            while (true)
                await curl.GetAsync(rows, enough);
        }
        catch (OperationCanceledException)
        {
        }
    }
}
