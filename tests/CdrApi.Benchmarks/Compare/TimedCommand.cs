using System.Globalization;
using CdrSandbox;

namespace CdrApi.Benchmarks.Compare;

/// <summary>A client: a program that is run to its end, and the time that it took.</summary>
/// <param name="Output">What it wrote to stdout.</param>
/// <param name="Elapsed">From its start to its end.</param>
/// <param name="Processor">What it and its children used.</param>
internal sealed record TimedCommand(string Output, TimeSpan Elapsed, TimeSpan Processor)
{
    // The shell's own clock: neither its start nor ours is part of the time.
    private const string Script = "TIMEFORMAT='timed %R %U %S'; time \"$@\"";

    // Through a pipe, we would be part of what is measured.
    private const string ToNowhere = Script + " >/dev/null";

    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(5);

    /// <summary>Seconds until the first byte of an answer, as curl said; null from other programs.</summary>
    public double? FirstByte { get; private init; }

    public static async Task<TimedCommand> RunAsync(IEnumerable<string> command, bool keepsOutput, CancellationToken cancellation)
    {
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        timeout.CancelAfter(Limit);
        try
        {
            var run = await Command.RunAsync("/bin/bash", ["-c", keepsOutput ? Script : ToNowhere, "bash", .. command], timeout.Token);
            var seconds = Figures("timed ")!;
            return new TimedCommand(run.Output, TimeSpan.FromSeconds(seconds[0]), TimeSpan.FromSeconds(seconds[1] + seconds[2]))
            {
                FirstByte = Figures("first_byte ")?[0],
            };

            double[]? Figures(string name) => run.Errors.Split('\n').LastOrDefault(line => line.StartsWith(name, StringComparison.Ordinal)) is { } line
                ? [.. line[name.Length..].Split(' ').Select(text => double.Parse(text, CultureInfo.InvariantCulture))]
                : null;
        }
        catch (SandboxException e)
        {
            // What the client says, not what the shell around it does.
            throw new SandboxException(e.Message[(e.Message.IndexOf(": ", StringComparison.Ordinal) + 2)..]);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw new SandboxException($"It did not end within {Limit.TotalMinutes:F0} minutes.");
        }
    }
}
