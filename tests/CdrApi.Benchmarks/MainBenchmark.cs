using CdrApi.Benchmarks.Compare;
using CdrSandbox;

namespace CdrApi.Benchmarks;

/// <summary>
/// A page of 100,000 CDRs against the floor. Both are whole client processes, one after the other within a run,
/// so that what else the machine does falls on both alike.
/// </summary>
internal static class MainBenchmark
{
    // Enough for the JIT to be done with the request's path, which a page runs through only once.
    private const int WarmUpRequests = 100;
    private const int WarmUpPages = 10;

    public static async Task RunAsync(BenchmarkOptions options, CancellationToken cancellation)
    {
        var limit = options.Quick ? 10_000 : 100_000;
        await using var sandbox = await Sandbox.StartAsync(
            new SandboxOptions { Rows = options.Rows, CallsPerSecond = 0, Port = 0 }, Console.Error, cancellation);
        var api = sandbox.Api!;
        var psql = new Psql(sandbox);
        var curl = new Curl(api, sandbox.ApiKey);

        await RowCount.CheckAsync(curl, psql, limit, cancellation);
        for (var i = 0; i < (options.Quick ? 1 : WarmUpRequests); i++)
            await curl.GetAsync(10, cancellation);
        for (var i = 0; i < (options.Quick ? 1 : WarmUpPages); i++)
        {
            await psql.CopyAsync(limit, cancellation);
            await curl.GetAsync(limit, cancellation);
        }

        Timings floor = new(), pages = new(), firstBytes = new();
        var processor = 0d;
        long bytes = 0;
        for (var round = 0; round < options.Rounds; round++)
        {
            floor.Add(await psql.CopyAsync(limit, cancellation));

            var before = ProcessorTime.Of(api.Process.Id);
            var page = await curl.GetAsync(limit, cancellation);
            processor += ProcessorTime.Of(api.Process.Id) - before;
            pages.Add(page.Elapsed);
            firstBytes.Add(page.FirstByte);
            bytes = page.Bytes;
        }

        Console.WriteLine($"""
            {limit:N0} of {options.Rows:N0} CDRs, {options.Rounds} rounds
            COPY, binary   {floor}
            GET, JSON      {pages} ({bytes / 1e6:F1} MB)
            first byte     {firstBytes}
            API's CPU      {processor / options.Rounds:F3} s a request

            ratio {pages.Median / floor.Median:F2}{options.Goal("at most 1.4")}
            first byte {firstBytes.Median:F1} ms{options.Goal("at most 20 ms")}
            """);
        if (!options.Quick && (floor.Max > 2 * floor.Min || pages.Max > 2 * pages.Min))
            Console.WriteLine($"The machine was busy: times differ more than twofold. Ratio of the fastest: {pages.Min / floor.Min:F2}");
    }
}
