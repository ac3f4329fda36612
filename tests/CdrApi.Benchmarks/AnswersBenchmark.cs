using System.Globalization;
using CdrSandbox;

namespace CdrApi.Benchmarks;

/// <summary>Each kind of answer beside what it is to be measured by, in turn within every round.</summary>
internal static class AnswersBenchmark
{
    public static async Task RunAsync(BenchmarkOptions options, CancellationToken cancellation)
    {
        var limit = options.Quick ? 10_000 : 100_000;
        await using var sandbox = await Sandbox.StartAsync(
            new SandboxOptions { Rows = options.Rows, CallsPerSecond = 0, Port = 0 }, Console.Error, cancellation);
        var psql = new Psql(sandbox);
        var curl = new Curl(sandbox.Api!, sandbox.ApiKey);
        var accounts = await psql.ListAsync("SELECT i_account FROM cdrs GROUP BY 1 ORDER BY count(*) DESC LIMIT 20", cancellation);
        var batch = $"{{\"queries\":[{string.Join(',', accounts.Select(a => $"{{\"i_account\":{a}}}"))}]}}";

        var contenders = new Dictionary<string, Func<Task<TimeSpan>>>
        {
            ["JSON"] = () => GetAsync(Curl.ListOf(limit)),
            ["NDJSON"] = () => GetAsync(Curl.ListOf(limit) + "&format=ndjson"),
            ["CSV"] = () => GetAsync(Curl.ListOf(limit) + "&format=csv"),
            ["by day"] = () => GetAsync("/cdrs/stats?type=all&group_by=day"),
            ["by day, psql"] = () => psql.QueryAsync(AnalystSql.ByDay, cancellation),
            ["by country"] = () => GetAsync("/cdrs/stats?type=all&group_by=country"),
            ["by country, psql"] = () => psql.QueryAsync(AnalystSql.ByCountry, cancellation),
            ["batch"] = async () => (await curl.GetAsync("/cdrs/batch", cancellation, batch)).Elapsed,
            ["one by one"] = OneByOneAsync,
        };
        var times = contenders.Keys.ToDictionary(name => name, _ => new Timings());
        var warmUp = options.Quick ? 1 : 5;
        for (var round = -warmUp; round < options.Rounds; round++)
        {
            foreach (var (name, run) in contenders)
            {
                var elapsed = await run();
                if (round >= 0)
                    times[name].Add(elapsed);
            }
        }

        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{limit:N0} of {options.Rows:N0} CDRs, statistics over all, {options.Rounds} rounds"));
        foreach (var (name, timings) in times)
            Console.WriteLine($"{name,-17} {timings}");

        Console.WriteLine();
        Ratio("NDJSON", "JSON", "at most 1");
        Ratio("CSV", "JSON", "at most 1");
        Ratio("by day", "by day, psql", "at most 1.15");
        Ratio("by country", "by country, psql", "at most 1.15");
        Ratio("batch", "one by one", "less than 1");

        async Task<TimeSpan> GetAsync(string path) => (await curl.GetAsync(path, cancellation)).Elapsed;

        async Task<TimeSpan> OneByOneAsync()
        {
            var sum = TimeSpan.Zero;
            foreach (var account in accounts)
                sum += await GetAsync($"/accounts/{account}/cdrs");
            return sum;
        }

        void Ratio(string name, string other, string goal) => Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{name} to {other}: {times[name].Median / times[other].Median:F2}{options.Goal(goal)}"));
    }
}
