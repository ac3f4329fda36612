using System.Globalization;
using CdrSandbox;

namespace CdrApi.Benchmarks;

/// <summary>A client that costs next to nothing, in a process of its own.</summary>
internal sealed class Curl(ApiProcess api, string apiKey)
{
    private const int TimedOut = 28;

    /// <summary>Reads all of <c>GET /cdrs</c>, or what comes in <paramref name="seconds"/> at <paramref name="rate"/>.</summary>
    public Task<Download> GetAsync(int limit, CancellationToken cancellation, string? rate = null, int? seconds = null)
    {
        var arguments = new List<string>();
        if (rate is not null)
            arguments.AddRange(["--limit-rate", rate]);
        if (seconds is not null)
            arguments.AddRange(["--max-time", $"{seconds}"]);

        return RunAsync([.. Arguments(ListOf(limit)), .. arguments], seconds is null ? 0 : TimedOut, cancellation);
    }

    /// <summary>Reads all of an answer to a GET, or to a POST where there is a body.</summary>
    public Task<Download> GetAsync(string path, CancellationToken cancellation, string? body = null) =>
        RunAsync([.. Arguments(path), .. body is null ? Array.Empty<string>() : ["-H", "Content-Type: application/json", "-d", body]], 0, cancellation);

    public static string ListOf(int limit) => $"/cdrs?limit={limit}&type=all";

    /// <summary>How many rows an answer really has, whatever it says of itself.</summary>
    public async Task<int> CountRowsAsync(int limit, CancellationToken cancellation)
    {
        // A quote within a value is escaped, so only a row starts with this.
        const string Count = """curl "$@" | tr '{' '\n' | grep -c '^"i_cdr":'""";
        var command = await Command.RunAsync("/bin/sh", ["-c", Count, "sh", .. Arguments(ListOf(limit))], cancellation, alsoGood: 1);
        return int.Parse(command.Output, CultureInfo.InvariantCulture);
    }

    private static async Task<Download> RunAsync(IEnumerable<string> arguments, int alsoGood, CancellationToken cancellation)
    {
        var command = await Command.RunAsync("curl",
            [.. arguments, "-o", "/dev/null", "-w", "%{time_starttransfer} %{size_download}"], cancellation, alsoGood);
        var figures = command.Output.Split(' ').Select(text => double.Parse(text, CultureInfo.InvariantCulture)).ToArray();
        return new Download(command.Elapsed, TimeSpan.FromSeconds(figures[0]), (long)figures[1], command.ExitCode == 0);
    }

    // Whoever runs this may have a .curlrc and a proxy.
    private string[] Arguments(string path) =>
        ["-q", "-sS", "--fail", "--noproxy", "*", "-H", $"X-API-Key: {apiKey}", api.Url.OriginalString + path];
}

/// <param name="Elapsed">Of the whole process.</param>
/// <param name="FirstByte">From its start to the first byte of the answer.</param>
/// <param name="Bytes">Of the body.</param>
/// <param name="Complete">Whether it was read to its end.</param>
internal sealed record Download(TimeSpan Elapsed, TimeSpan FirstByte, long Bytes, bool Complete);
