using CdrApi.Benchmarks.Compare.Report;
using CdrSandbox;

namespace CdrApi.Benchmarks.Compare;

/// <summary>Side by side with what a user would pick instead: everything is built and started here, on the same tables.</summary>
internal static class CompareBenchmark
{
    private const int Accounts = 200;
    private static readonly int[] Connections = [1, 8, 32];

    public static async Task RunAsync(BenchmarkOptions options, CancellationToken cancellation)
    {
        Programs.CheckPlace();
        var output = options.Quick ? Directory.CreateTempSubdirectory("cdr-compare-docs-").FullName : options.Output;
        var comparison = await BeginAsync(options, output);
        var sandboxes = new List<Sandbox>();
        try
        {
            foreach (var rows in comparison.Rows)
                sandboxes.Add(await Sandbox.StartAsync(new SandboxOptions { Rows = rows, Accounts = Accounts, CallsPerSecond = 0, StartApi = false }, Console.Error, cancellation));
            using var programs = await Programs.BuildAsync(cancellation);
            await MeasureAsync(options, programs, sandboxes, comparison, () => ReportFiles.Write(comparison, output), cancellation);
            Console.WriteLine(ConsoleReport.Of(comparison));
        }
        finally
        {
            foreach (var sandbox in sandboxes)
                await sandbox.DisposeAsync();
            if (options.Quick)
                Directory.Delete(output, recursive: true);
        }
    }

    private static async Task MeasureAsync(
        BenchmarkOptions options, Programs programs, List<Sandbox> sandboxes, Comparison comparison, Action write, CancellationToken cancellation)
    {
        var scale = options.Quick ? Scale.Small : Scale.Full;
        var rounds = new Rounds(comparison, options.Rounds, Console.Error, cancellation);
        if (Wants("statistics"))
        {
            await using var smallest = await ContenderSet.StartAsync(sandboxes[0], programs, depth: 1000, cancellation);
            await RunAsync(Statistics(smallest, cancellation), warmUp: scale.WarmUpRounds);
        }

        if (Wants("sizes"))
            await RunSizesAsync();

        // The longest come last.
        string[] ofLargest = ["start", "lists", "pages", "downloads", "long-lists"];
        if (!ofLargest.Any(Wants))
            return;

        await using var largest = await ContenderSet.StartAsync(sandboxes[^1], programs, scale.Depth, cancellation);
        await WarmUpAsync(largest, scale, cancellation);
        var account = largest.Sandbox.Account;
        if (Wants("start"))
            await RunAsync(Starts(largest, cancellation), warmUp: scale.WarmUpRounds);
        if (Wants("lists"))
        {
            await RunAsync(Lists(largest, Works.List100k, scale.List, account: null, cancellation), warmUp: scale.WarmUpRounds);
            await RunAsync(Lists(largest, Works.List100kOfOne, scale.ListOfOne, account, cancellation), warmUp: scale.WarmUpRounds);
        }

        if (Wants("pages"))
            await RunPagesAsync(largest);
        if (Wants("downloads"))
            await RunAsync(Downloads(largest, scale, cancellation), warmUp: 0);
        if (Wants("long-lists"))
        {
            await RunAsync(Lists(largest, Works.List1M, scale.LongList, account: null, cancellation), warmUp: 0);
            await RunAsync(Lists(largest, Works.List1MOfOne, scale.LongListOfOne, account, cancellation), warmUp: 0);
        }

        bool Wants(string part) => options.Parts.Count == 0 || options.Parts.Contains(part);

        // Hours of work must not be lost with the last of it.
        async Task RunAsync(IReadOnlyList<Entry> entries, int warmUp)
        {
            await rounds.RunAsync(entries, warmUp);
            write();
        }

        async Task RunPagesAsync(ContenderSet set)
        {
            foreach (var (connections, work) in Connections.Zip([Works.Page1, Works.Page8, Works.Page32]))
                await RunAsync(Pages(set, work, c => c.AccountPage, connections, scale, cancellation), warmUp: scale.WarmUpRounds);
            await RunAsync(
                [
                    .. Pages(set, Works.FirstPage, c => c.FirstPage, 1, scale, cancellation), .. Pages(set, Works.DeepPage, c => c.DeepPage, 1, scale, cancellation),
                ], warmUp: scale.WarmUpRounds);
        }

        async Task RunSizesAsync()
        {
            var sets = new List<ContenderSet>();
            try
            {
                foreach (var sandbox in sandboxes)
                {
                    sets.Add(await ContenderSet.StartAsync(sandbox, programs, depth: 1000, cancellation));
                    await WarmUpAsync(sets[^1], scale, cancellation, onlyOurs: true);
                }

                var sizes = sets.Zip(comparison.Rows).ToList();
                await RunAsync([.. sizes.SelectMany(s => Lists(s.First, Works.ListAt(s.Second), scale.List, null, cancellation).Where(IsForSizes))], warmUp: scale.WarmUpRounds);
                await RunAsync([.. sizes.SelectMany(s => Pages(s.First, Works.PageAt(s.Second), c => c.AccountPage, 1, scale, cancellation).Where(IsForSizes))], warmUp: scale.WarmUpRounds);
            }
            finally
            {
                foreach (var set in sets)
                    await set.DisposeAsync();
            }
        }
    }

    private static async Task<Comparison> BeginAsync(BenchmarkOptions options, string output)
    {
        var file = Path.Combine(output, ReportFiles.Figures);
        // A run of some parts keeps what the others have measured.
        var before = options.Parts.Count > 0 && File.Exists(file) ? Comparison.Read(file).Measurements : [];
        return new Comparison(DateOnly.FromDateTime(TimeProvider.System.GetUtcNow().UtcDateTime), await Machine.DescribeAsync(), options.Tables, before);
    }

    // Each for the same time: a runtime that compiles while it runs needs it.
    private static async Task WarmUpAsync(ContenderSet set, Scale scale, CancellationToken cancellation, bool onlyOurs = false)
    {
        foreach (var contender in set.All.Where(c => c.Server is not null && (!onlyOurs || c.Name == ContenderNames.Ours)))
        {
            await ListLoad.CheckAsync(contender, scale.List, account: null, cancellation);
            var load = new ListLoad(set.Sandbox);
            var started = TimeProvider.System.GetTimestamp();
            while (TimeProvider.System.GetElapsedTime(started) < scale.WarmUp)
                await load.RunAsync(contender, scale.List, account: null, cancellation);
            await new PageLoad(set.Sandbox, Accounts, Math.Max(1, (int)scale.WarmUp.TotalSeconds)).RunAsync(contender.AccountPage!, contender.Server, 8, cancellation);
        }
    }

    private static IReadOnlyList<Entry> Lists(ContenderSet set, Work work, int rows, long? account, CancellationToken cancellation)
    {
        var load = new ListLoad(set.Sandbox);
        return [.. set.All.Where(c => c.List is not null).Select(c => new Entry(c.Name, work, () => load.RunAsync(c, rows, account, cancellation)))];
    }

    private static IReadOnlyList<Entry> Statistics(ContenderSet set, CancellationToken cancellation)
    {
        var load = new ListLoad(set.Sandbox);
        return [.. set.All.Where(c => c.Statistics is not null).Select(c => new Entry(c.Name, Works.Statistics, () => load.RunStatisticsAsync(c, cancellation)))];
    }

    private static IReadOnlyList<Entry> Pages(
        ContenderSet set, Work work, Func<Contender, PageSource?> page, int connections, Scale scale, CancellationToken cancellation)
    {
        var load = new PageLoad(set.Sandbox, Accounts, scale.PageSeconds);
        return [.. set.All.Where(c => page(c) is not null).Select(c => new Entry(c.Name, work, () => load.RunAsync(page(c)!, c.Server, connections, cancellation)))];
    }

    private static IReadOnlyList<Entry> Downloads(ContenderSet set, Scale scale, CancellationToken cancellation)
    {
        var load = new MixedLoad(set.Sandbox, Accounts, scale.List);
        return [.. set.All.Where(c => c.Server is not null).Select(c => new Entry(c.Name, [Works.Downloads, Works.PagesBetween], () => load.RunAsync(c, cancellation)))];
    }

    private static IReadOnlyList<Entry> Starts(ContenderSet set, CancellationToken cancellation) =>
        [.. set.All.Where(c => c.StartServer is not null && c.Name != ContenderNames.FastifyStream).Select(c => new Entry(c.Name, Works.Start, async () =>
        {
            await using var server = await c.StartServer!(cancellation);
            return new Run { Milliseconds = server.StartTime.TotalMilliseconds };
        }))];

    private static bool IsForSizes(Entry entry) => entry.Contender is ContenderNames.Ours or ContenderNames.Floor;
}
