using CdrApi.Benchmarks.Compare.Report;
using CdrSandbox;

namespace CdrApi.Benchmarks.Compare;

/// <summary>Side by side with what a user would pick instead: everything is built and started here, on the same tables.</summary>
internal static class CompareBenchmark
{
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
                sandboxes.Add(await Sandbox.StartAsync(new SandboxOptions { Rows = rows, Accounts = Entries.Accounts, CallsPerSecond = 0, StartApi = false }, Console.Error, cancellation));
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
            await RunAsync(new Entries(smallest, scale, cancellation).Statistics(), warmUp: scale.WarmUpRounds);
        }

        if (Wants("sizes"))
            await RunSizesAsync();

        // The longest come last.
        string[] ofLargest = ["start", "lists", "pages", "downloads", "long-lists"];
        if (!ofLargest.Any(Wants))
            return;

        await using var largest = await ContenderSet.StartAsync(sandboxes[^1], programs, scale.Depth, cancellation);
        var entries = new Entries(largest, scale, cancellation);
        await entries.WarmUpAsync();
        var account = largest.Sandbox.Account;
        if (Wants("start"))
            await RunAsync(entries.Starts(), warmUp: scale.WarmUpRounds);
        if (Wants("lists"))
        {
            await RunAsync(entries.Lists(Works.List100k, scale.List, account: null), warmUp: scale.WarmUpRounds);
            await RunAsync(entries.Lists(Works.List100kOfOne, scale.ListOfOne, account), warmUp: scale.WarmUpRounds);
        }

        if (Wants("pages"))
            await RunPagesAsync(entries);
        if (Wants("downloads"))
            await RunAsync(entries.Downloads(), warmUp: 0);
        if (Wants("long-lists"))
        {
            await RunAsync(entries.Lists(Works.List1M, scale.LongList, account: null), warmUp: 0);
            await RunAsync(entries.Lists(Works.List1MOfOne, scale.LongListOfOne, account), warmUp: 0);
        }

        bool Wants(string part) => options.Parts.Count == 0 || options.Parts.Contains(part);

        // Hours of work must not be lost with the last of it.
        async Task RunAsync(IReadOnlyList<Entry> entries, int warmUp)
        {
            await rounds.RunAsync(entries, warmUp);
            write();
        }

        async Task RunPagesAsync(Entries entries)
        {
            foreach (var (connections, work) in Connections.Zip([Works.Page1, Works.Page8, Works.Page32]))
                await RunAsync(entries.Pages(work, c => c.AccountPage, connections), warmUp: scale.WarmUpRounds);
            await RunAsync([.. entries.Pages(Works.FirstPage, c => c.FirstPage, 1), .. entries.Pages(Works.DeepPage, c => c.DeepPage, 1)], warmUp: scale.WarmUpRounds);
        }

        async Task RunSizesAsync()
        {
            var sets = new List<ContenderSet>();
            try
            {
                foreach (var sandbox in sandboxes)
                    sets.Add(await ContenderSet.StartAsync(sandbox, programs, depth: 1000, cancellation));
                var sizes = sets.Select(set => new Entries(set, scale, cancellation)).Zip(comparison.Rows).ToList();
                foreach (var (entries, _) in sizes)
                    await entries.WarmUpAsync(onlyOurs: true);
                await RunAsync([.. sizes.SelectMany(s => s.First.Lists(Works.ListAt(s.Second), scale.List, account: null).Where(IsForSizes))], warmUp: scale.WarmUpRounds);
                await RunAsync([.. sizes.SelectMany(s => s.First.Pages(Works.PageAt(s.Second), c => c.AccountPage, 1).Where(IsForSizes))], warmUp: scale.WarmUpRounds);
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

    private static bool IsForSizes(Entry entry) => entry.Contender is ContenderNames.Ours or ContenderNames.Floor;
}
