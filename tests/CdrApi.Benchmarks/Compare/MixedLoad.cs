using CdrSandbox;

namespace CdrApi.Benchmarks.Compare;

/// <summary>Downloads at once, and pages one after the other until the last of them has ended.</summary>
internal sealed class MixedLoad(Sandbox sandbox, int accounts, int rows)
{
    private const int Downloads = 8;

    /// <summary>That of the downloads, then that of the pages.</summary>
    public async Task<IReadOnlyList<Run>> RunAsync(Contender contender, CancellationToken cancellation)
    {
        var pages = new Timings();
        var downloads = await new Meter(contender.Server, sandbox).MeasureAsync(async () =>
        {
            var started = TimeProvider.System.GetTimestamp();
            var all = Task.WhenAll(Enumerable.Range(0, Downloads).Select(_ =>
                TimedCommand.RunAsync(contender.List!(ListLoad.AddressOf(contender), rows, null), keepsOutput: false, cancellation)));
            await ReadPagesAsync(contender, pages, all, cancellation);
            var clients = await all;
            return new Run
            {
                Milliseconds = TimeProvider.System.GetElapsedTime(started).TotalMilliseconds,
                ClientSeconds = clients.Sum(c => c.Processor.TotalSeconds),
            };
        });
        return [downloads, new Run { Milliseconds = pages.Median, P99Milliseconds = pages.At(0.99) }];
    }

    private async Task ReadPagesAsync(Contender contender, Timings timings, Task downloads, CancellationToken cancellation)
    {
        using var http = new HttpClient { Timeout = TimeSpan.FromMinutes(5) };
        do
        {
            var account = Random.Shared.Next(accounts) + 1;
            var started = TimeProvider.System.GetTimestamp();
            // Python's server now and then closes a connection without an answer: a caller would ask again.
            while (!await AnswersAsync(http, contender.AccountPage!.Request!.ToMessage(contender.Server!.Url, account), cancellation))
                cancellation.ThrowIfCancellationRequested();
            timings.Add(TimeProvider.System.GetElapsedTime(started));
        }
        while (!downloads.IsCompleted);
    }

    private static async Task<bool> AnswersAsync(HttpClient http, HttpRequestMessage page, CancellationToken cancellation)
    {
        using (page)
        {
            try
            {
                using var response = await http.SendAsync(page, cancellation);
                response.EnsureSuccessStatusCode();
                return true;
            }
            catch (HttpRequestException e) when (e.HttpRequestError == HttpRequestError.ResponseEnded)
            {
                return false;
            }
        }
    }
}
