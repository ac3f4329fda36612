namespace CdrApi.Benchmarks.Compare;

/// <summary>What the contenders of one set do at each work.</summary>
internal sealed class Entries(ContenderSet set, Scale scale, CancellationToken cancellation)
{
    /// <summary>Accounts of every sandbox, from 1.</summary>
    public const int Accounts = 200;

    private const int WarmUpConnections = 8;
    private readonly ListLoad _lists = new(set.Sandbox);

    public IReadOnlyList<Entry> Lists(Work work, int rows, long? account) =>
        Of(c => c.List is not null, c => new Entry(c.Name, work, () => _lists.RunAsync(c, rows, account, cancellation)));

    public IReadOnlyList<Entry> Statistics() =>
        Of(c => c.Statistics is not null, c => new Entry(c.Name, Works.Statistics, () => _lists.RunStatisticsAsync(c, cancellation)));

    public IReadOnlyList<Entry> Pages(Work work, Func<Contender, PageSource?> page, int connections)
    {
        var load = new PageLoad(set.Sandbox, Accounts, scale.PageSeconds);
        return Of(c => page(c) is not null, c => new Entry(c.Name, work, () => load.RunAsync(page(c)!, c.Server, connections, cancellation)));
    }

    public IReadOnlyList<Entry> Downloads()
    {
        var load = new MixedLoad(set.Sandbox, Accounts, scale.List);
        return Of(c => c.Server is not null, c => new Entry(c.Name, [Works.Downloads, Works.PagesBetween], () => load.RunAsync(c, cancellation)));
    }

    /// <summary>Fastify's process is the same for both of its ways.</summary>
    public IReadOnlyList<Entry> Starts() =>
        Of(c => c.StartServer is not null && c.Name != ContenderNames.FastifyStream, c => new Entry(c.Name, Works.Start, async () =>
        {
            await using var server = await c.StartServer!(cancellation);
            return new Run { Milliseconds = server.StartTime.TotalMilliseconds };
        }));

    /// <summary>Each for the same time: a runtime that compiles while it runs needs it. A list that lacks rows ends all of it.</summary>
    public async Task WarmUpAsync(bool onlyOurs = false)
    {
        var pages = new PageLoad(set.Sandbox, Accounts, Math.Max(1, (int)scale.WarmUp.TotalSeconds));
        foreach (var contender in set.All.Where(c => c.Server is not null && (!onlyOurs || c.Name == ContenderNames.Ours)))
        {
            await ListLoad.CheckAsync(contender, scale.List, account: null, cancellation);
            var started = TimeProvider.System.GetTimestamp();
            while (TimeProvider.System.GetElapsedTime(started) < scale.WarmUp)
                await _lists.RunAsync(contender, scale.List, account: null, cancellation);
            await pages.RunAsync(contender.AccountPage!, contender.Server, WarmUpConnections, cancellation);
        }
    }

    private IReadOnlyList<Entry> Of(Func<Contender, bool> takesPart, Func<Contender, Entry> entry) => [.. set.All.Where(takesPart).Select(entry)];
}
