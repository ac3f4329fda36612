using System.Globalization;
using CdrSandbox;

namespace CdrApi.Benchmarks;

/// <summary>A client that costs next to nothing, in a process of its own.</summary>
internal sealed class Curl(ApiProcess api, string apiKey)
{
    private const int TimedOut = 28;

    /// <summary>Reads all of <c>GET /cdrs</c>, or what comes in <paramref name="seconds"/> at <paramref name="rate"/>.</summary>
    public async Task<Download> GetAsync(int limit, CancellationToken cancellation, string? rate = null, int? seconds = null)
    {
        var arguments = new List<string> { "-o", "/dev/null", "-w", "%{time_starttransfer} %{size_download}" };
        if (rate is not null)
            arguments.AddRange(["--limit-rate", rate]);
        if (seconds is not null)
            arguments.AddRange(["--max-time", $"{seconds}"]);

        var command = await Command.RunAsync("curl", [.. Arguments(limit), .. arguments], cancellation, alsoGood: seconds is null ? 0 : TimedOut);
        var figures = command.Output.Split(' ').Select(text => double.Parse(text, CultureInfo.InvariantCulture)).ToArray();
        return new Download(command.Elapsed, TimeSpan.FromSeconds(figures[0]), (long)figures[1], command.ExitCode == 0);
    }

    /// <summary>How many rows an answer really has, whatever it says of itself.</summary>
    public async Task<int> CountRowsAsync(int limit, CancellationToken cancellation)
    {
        // A quote within a value is escaped, so only a row starts with this.
        const string Count = """curl "$@" | tr '{' '\n' | grep -c '^"i_cdr":'""";
        var command = await Command.RunAsync("/bin/sh", ["-c", Count, "sh", .. Arguments(limit)], cancellation, alsoGood: 1);
        return int.Parse(command.Output, CultureInfo.InvariantCulture);
    }

    // Whoever runs this may have a .curlrc and a proxy.
    private string[] Arguments(int limit) =>
        ["-q", "-sS", "--fail", "--noproxy", "*", "-H", $"X-API-Key: {apiKey}", $"{api.Url.OriginalString}/cdrs?limit={limit}&type=all"];
}

/// <param name="Elapsed">Of the whole process.</param>
/// <param name="FirstByte">From its start to the first byte of the answer.</param>
/// <param name="Bytes">Of the body.</param>
/// <param name="Complete">Whether it was read to its end.</param>
internal sealed record Download(TimeSpan Elapsed, TimeSpan FirstByte, long Bytes, bool Complete);
