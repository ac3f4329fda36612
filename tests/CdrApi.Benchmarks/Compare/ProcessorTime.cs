using System.Globalization;

namespace CdrApi.Benchmarks.Compare;

/// <summary>Processor time of processes so far, from the kernel.</summary>
internal static class ProcessorTime
{
    private const double TicksPerSecond = 100;

    public static double Of(int processId) => Read(processId) is { } stat ? (stat[UserTime] + stat[SystemTime]) / TicksPerSecond : 0;

    /// <summary>Of a PostgreSQL server: its postmaster's children, those that have ended included.</summary>
    public static double OfServer(int postmaster)
    {
        while (true)
        {
            var ended = OfEnded(postmaster);
            var running = Directory.EnumerateDirectories("/proc").Sum(directory =>
                int.TryParse(Path.GetFileName(directory), CultureInfo.InvariantCulture, out var id) && Read(id) is { } stat && stat[Parent] == postmaster
                    ? stat[UserTime] + stat[SystemTime]
                    : 0);
            // One that ends in between would count twice, or not at all.
            if (OfEnded(postmaster) == ended)
                return (ended + running) / TicksPerSecond;
        }
    }

    // Counted from what follows the name, which may hold anything: proc(5).
    private const int Parent = 1;
    private const int UserTime = 11;
    private const int SystemTime = 12;
    private const int UserTimeOfChildren = 13;
    private const int SystemTimeOfChildren = 14;

    private static long OfEnded(int postmaster) => Read(postmaster) is { } stat ? stat[UserTimeOfChildren] + stat[SystemTimeOfChildren] : 0;

    private static long[]? Read(int processId)
    {
        try
        {
            var text = File.ReadAllText($"/proc/{processId}/stat");
            return [.. text[(text.LastIndexOf(')') + 2)..].Split(' ').Take(SystemTimeOfChildren + 1)
                .Select(field => long.TryParse(field, CultureInfo.InvariantCulture, out var number) ? number : 0)];
        }
        catch (IOException)
        {
            // It has ended.
            return null;
        }
    }
}
