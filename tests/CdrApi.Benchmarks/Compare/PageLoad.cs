using System.Globalization;
using System.Text.RegularExpressions;
using CdrSandbox;

namespace CdrApi.Benchmarks.Compare;

/// <summary>Pages one after the other, on so many connections at once: by wrk from a server, by pgbench from PostgreSQL itself.</summary>
/// <param name="sandbox">Its standby is asked.</param>
/// <param name="accounts">Those that there are, from 1.</param>
/// <param name="seconds">How long.</param>
internal sealed partial class PageLoad(Sandbox sandbox, int accounts, int seconds)
{
    public async Task<Run> RunAsync(PageSource source, ContenderServer? server, int connections, CancellationToken cancellation)
    {
        var pages = 0L;
        var run = await new Meter(server, sandbox).MeasureAsync(async () =>
        {
            var (run, count) = source.Request is { } request
                ? await WrkAsync(request, server!, connections, cancellation)
                : await PgbenchAsync(source, connections, cancellation);
            pages = count;
            return run with { Milliseconds = connections * 1000 / run.PerSecond!.Value };
        });
        return run with
        {
            ClientSeconds = run.ClientSeconds / pages,
            ServerSeconds = run.ServerSeconds / pages,
            DatabaseSeconds = run.DatabaseSeconds / pages,
        };
    }

    private async Task<(Run Run, long Pages)> WrkAsync(PageRequest request, ContenderServer server, int connections, CancellationToken cancellation)
    {
        var wrk = await TimedCommand.RunAsync(
            ["wrk", "-t", "1", "-c", Text(connections), "-d", $"{seconds}s", "--timeout", "60s", "-s", Programs.WrkScript, server.Url.AbsoluteUri, "--", .. request.ToScript(accounts)],
            keepsOutput: true, cancellation);
        var figures = wrk.Output.Split('\n').First(line => line.StartsWith("figures ", StringComparison.Ordinal)).Split(' ')[1..]
            .Select(text => long.Parse(text, CultureInfo.InvariantCulture)).ToArray();
        if (figures is not [> 0 and var pages, var microseconds, var p99, 0])
            throw new SandboxException($"wrk says {string.Join(' ', figures)} (pages, microseconds, their 99th percentile, errors)");
        return (new Run { PerSecond = pages * 1e6 / microseconds, P99Milliseconds = p99 / 1000d, ClientSeconds = wrk.Processor.TotalSeconds }, pages);
    }

    private async Task<(Run Run, long Pages)> PgbenchAsync(PageSource source, int connections, CancellationToken cancellation)
    {
        var script = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(script, $"\\set account random(1, {Text(accounts)})\n{source.Sql};\n", cancellation);
            var pgbench = await TimedCommand.RunAsync(
            [
                Path.Combine(sandbox.PgBin!, "pgbench"), "-n", "-M", "prepared",
                "-c", Text(connections), "-j", "1", "-T", Text(seconds), "-f", script, sandbox.Standbys[0].Uri,
            ], keepsOutput: true, cancellation);
            var pages = Figure(Processed(), pgbench.Output);
            return (new Run { PerSecond = Figure(PerSecond(), pgbench.Output), ClientSeconds = pgbench.Processor.TotalSeconds }, (long)pages);
        }
        finally
        {
            File.Delete(script);
        }
    }

    private static double Figure(Regex regex, string text) => double.Parse(regex.Match(text).Groups[1].Value, CultureInfo.InvariantCulture);

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    [GeneratedRegex(@"actually processed: (\d+)")]
    private static partial Regex Processed();

    [GeneratedRegex(@"tps = ([\d.]+)")]
    private static partial Regex PerSecond();
}
