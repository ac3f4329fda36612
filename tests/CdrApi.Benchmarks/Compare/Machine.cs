using System.Runtime.InteropServices;

namespace CdrApi.Benchmarks.Compare;

/// <summary>What everything ran on.</summary>
internal static class Machine
{
    public static async Task<IReadOnlyList<string>> DescribeAsync()
    {
        var processor = File.ReadLines("/proc/cpuinfo").FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal))?.Split(':')[1].Trim();
        var memory = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / (1L << 30);
        return
        [
            FormattableString.Invariant($"{Environment.ProcessorCount} cores ({processor}) and {memory} GiB, shared by the client, the contender, the standby and its primary; loopback"),
            $"{RuntimeInformation.OSDescription}, {RuntimeInformation.FrameworkDescription}",
            $"{await VersionAsync("psql")}; Node {await VersionAsync("node")}; {await VersionAsync("/usr/bin/python3")}; {(await VersionAsync("curl")).Split(' ')[..2].Aggregate((a, b) => $"{a} {b}")}",
        ];
    }

    private static async Task<string> VersionAsync(string program) =>
        (await Command.RunAsync(program, ["--version"], CancellationToken.None)).Output.Split('\n')[0];
}
