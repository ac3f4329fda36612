using System.Globalization;
using CdrSandbox;

namespace CdrApi.Benchmarks.Compare;

/// <summary>Lists and statistics: one client process that reads one answer to its end.</summary>
internal sealed class ListLoad(Sandbox sandbox)
{
    private static readonly Uri Nowhere = new("http://127.0.0.1");

    public Task<Run> RunAsync(Contender contender, int rows, long? account, CancellationToken cancellation) =>
        RunAsync(contender, contender.List!(AddressOf(contender), rows, account), cancellation);

    public Task<Run> RunStatisticsAsync(Contender contender, CancellationToken cancellation) =>
        RunAsync(contender, contender.Statistics!(AddressOf(contender)), cancellation);

    /// <summary>A fast answer that lacks rows would be no answer.</summary>
    public static async Task CheckAsync(Contender contender, int rows, long? account, CancellationToken cancellation)
    {
        if (contender.RowMark is "")
            return;

        // A quote within a value is escaped, so only a row has this.
        var count = contender.RowMark is { } mark ? $"grep -oF '{mark}' | wc -l" : "cat";
        var command = await Command.RunAsync("/bin/sh", ["-c", $"\"$@\" | {count}", "sh", .. contender.List!(AddressOf(contender), rows, account)], cancellation);
        var found = int.Parse(command.Output, NumberStyles.AllowTrailingWhite | NumberStyles.AllowLeadingWhite, CultureInfo.InvariantCulture);
        if (found != rows)
            throw new SandboxException($"{contender.Name} answered {found:N0} rows of {rows:N0}.");
    }

    public static Uri AddressOf(Contender contender) => contender.Server?.Url ?? Nowhere;

    private Task<Run> RunAsync(Contender contender, IReadOnlyList<string> command, CancellationToken cancellation) =>
        new Meter(contender.Server, sandbox).MeasureAsync(async () =>
        {
            var client = await TimedCommand.RunAsync(command, keepsOutput: false, cancellation);
            return new Run
            {
                Milliseconds = client.Elapsed.TotalMilliseconds,
                FirstByteMilliseconds = client.FirstByte * 1000,
                ClientSeconds = client.Processor.TotalSeconds,
            };
        });
}
