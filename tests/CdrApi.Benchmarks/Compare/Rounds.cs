using CdrSandbox;

namespace CdrApi.Benchmarks.Compare;

/// <summary>One contender at a work, or at several that are done at the same time.</summary>
internal sealed record Entry(string Contender, IReadOnlyList<Work> Works, Func<Task<IReadOnlyList<Run>>> RunAsync)
{
    public Entry(string contender, Work work, Func<Task<Run>> run) : this(contender, [work], async () => [await run()])
    {
    }
}

/// <summary>Everyone in turn, round by round: what else the machine does falls on all alike.</summary>
/// <param name="comparison">Takes what is measured, in place of what it had.</param>
/// <param name="count">Rounds that count.</param>
/// <param name="log">Where it says how far it is.</param>
/// <param name="cancellation">Ends it.</param>
internal sealed class Rounds(Comparison comparison, int count, TextWriter log, CancellationToken cancellation)
{
    public async Task RunAsync(IReadOnlyList<Entry> entries, int warmUp)
    {
        var results = entries.SelectMany(e => e.Works.Select(work => new Measurement(work.Name, e.Contender, []))).ToList();
        var failed = new HashSet<Entry>();
        for (var round = -warmUp; round < count; round++)
        {
            foreach (var entry in entries.Where(e => !failed.Contains(e)))
            {
                cancellation.ThrowIfCancellationRequested();
                try
                {
                    var runs = await entry.RunAsync();
                    if (round >= 0)
                        Add(entry, (i, m) => m.Runs.Add(runs[i]));
                }
                catch (Exception e) when (!cancellation.IsCancellationRequested && e is SandboxException or HttpRequestException or IOException)
                {
                    failed.Add(entry);
                    var failure = e.GetBaseException().Message.Split('\n')[0];
                    await log.WriteLineAsync($"{entry.Contender}, {entry.Works[0].Title}: {failure}");
                    Add(entry, (_, m) => results[results.IndexOf(m)] = m with { Runs = [], Failure = failure });
                }
            }
        }

        foreach (var result in results)
        {
            comparison.Measurements.RemoveAll(m => m.Work == result.Work && m.Contender == result.Contender);
            comparison.Measurements.Add(result);
        }

        foreach (var title in entries.SelectMany(e => e.Works).Distinct().Select(work => work.Title))
            await log.WriteLineAsync($"{title}: done");

        void Add(Entry entry, Action<int, Measurement> action)
        {
            for (var i = 0; i < entry.Works.Count; i++)
                action(i, results.First(m => m.Work == entry.Works[i].Name && m.Contender == entry.Contender));
        }
    }
}
