using System.Net;
using CdrSandbox;

namespace CdrApi.Benchmarks;

/// <summary>What somebody who guesses keys can measure: whether a refusal takes longer the more of a key is right.</summary>
internal static class KeysBenchmark
{
    public static async Task RunAsync(BenchmarkOptions options, CancellationToken cancellation)
    {
        await using var sandbox = await Sandbox.StartAsync(new SandboxOptions { Rows = 20_000, CallsPerSecond = 0 }, Console.Error, cancellation);
        var key = sandbox.ApiKey;
        var secret = key.LastIndexOf('_') + 1;
        var guesses = new (string What, string Key, Timings Timings)[]
        {
            ("no such id", $"cdr_nobody0_{key[secret..]}", new()),
            ("wrong from the first digit", key[..secret] + Other(key[secret]) + key[(secret + 1)..], new()),
            ("wrong in the last digit", key[..^1] + Other(key[^1]), new()),
        };
        using var http = new HttpClient { BaseAddress = sandbox.Api!.Url };
        var rounds = options.Quick ? 200 : 20_000;
        for (var round = -rounds / 10; round < rounds; round++)
        {
            // Each kind comes first as often as the others.
            for (var i = 0; i < guesses.Length; i++)
            {
                var (_, guess, timings) = guesses[(i + Math.Abs(round)) % guesses.Length];
                using var request = new HttpRequestMessage(HttpMethod.Get, "/cdrs") { Headers = { { "X-API-Key", guess } } };
                var started = TimeProvider.System.GetTimestamp();
                using var response = await http.SendAsync(request, cancellation);
                var elapsed = TimeProvider.System.GetElapsedTime(started);
                if (response.StatusCode != HttpStatusCode.Unauthorized)
                    throw new SandboxException($"A wrong key was answered with {(int)response.StatusCode}.");
                if (round >= 0)
                    timings.Add(elapsed);
            }
        }

        foreach (var (what, _, timings) in guesses)
            Console.WriteLine($"{what,-28} {timings.Median * 1000:F1} µs, {timings.Median / guesses[0].Timings.Median:F3} times");
        Console.WriteLine(options.Goal("0.98 to 1.02 times").TrimStart());
    }

    private static char Other(char digit) => digit == '0' ? '1' : '0';
}
