using System.Text.Json;
using CdrSandbox;
using static System.FormattableString;

namespace CdrApi.Benchmarks.Compare;

/// <summary>Everyone, started, on the standby of one sandbox.</summary>
internal sealed class ContenderSet : IAsyncDisposable
{
    private readonly List<Contender> _all = [];

    private ContenderSet(Sandbox sandbox) => Sandbox = sandbox;

    public Sandbox Sandbox { get; }

    public IReadOnlyList<Contender> All => _all;

    /// <param name="sandbox">Its standby is asked.</param>
    /// <param name="programs">What is started.</param>
    /// <param name="depth">Rows before the deep page.</param>
    /// <param name="cancellation">Ends it.</param>
    public static async Task<ContenderSet> StartAsync(Sandbox sandbox, Programs programs, int depth, CancellationToken cancellation)
    {
        var set = new ContenderSet(sandbox);
        try
        {
            set._all.AddRange(await PostgresContenders.DescribeAsync(sandbox, depth, cancellation));
            foreach (var contender in new ServerContenders(sandbox, programs, depth).Describe())
            {
                var server = await contender.StartServer!(cancellation);
                set._all.Add(contender with { Server = server });
                if (contender.Name == ContenderNames.Ours)
                    set._all[^1] = set._all[^1] with { DeepPage = await DeepPageAsync(server, contender.FirstPage!.Request!, depth, cancellation) };
            }

            return set;
        }
        catch
        {
            await set.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var server in _all.Select(c => c.Server).OfType<ContenderServer>())
            await server.DisposeAsync();
    }

    /// <summary>Where a caller who has read so many rows goes on: by the cursor that they end with.</summary>
    private static async Task<PageSource> DeepPageAsync(ContenderServer server, PageRequest first, int depth, CancellationToken cancellation)
    {
        using var http = new HttpClient();
        using var request = (first with { Path = Invariant($"/cdrs?type=all&fields=i_cdr&limit={depth}") }).ToMessage(server.Url, account: 0);
        using var response = await http.SendAsync(request, cancellation);
        using var answer = JsonDocument.Parse(await response.Content.ReadAsStringAsync(cancellation));
        var cursor = answer.RootElement.GetProperty("next_cursor").GetString();
        return new PageSource(first with { Path = $"{first.Path}&cursor={cursor}" });
    }
}
