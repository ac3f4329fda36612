using System.Globalization;
using CdrSandbox;

namespace CdrApi.Benchmarks;

/// <summary>What the kernel says of a process's memory, in MB.</summary>
internal sealed class ProcessMemory(int processId)
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(100);

    public double Resident => Read("VmRSS:");

    /// <summary>Highest resident memory since the start or the last <see cref="ResetPeak"/>.</summary>
    public double Peak => Read("VmHWM:");

    public void ResetPeak() => File.WriteAllText($"/proc/{processId}/clear_refs", "5");

    /// <summary>Resident memory, again and again until <paramref name="work"/> is done.</summary>
    public async Task<IReadOnlyList<double>> SampleAsync(Task work)
    {
        var samples = new List<double>();
        do
        {
            samples.Add(Resident);
        }
        while (await Task.WhenAny(work, Task.Delay(Interval)) != work);
        await work;
        return samples;
    }

    private double Read(string name)
    {
        var file = $"/proc/{processId}/status";
        if (!File.Exists(file))
            throw new SandboxException($"There is no {file}: the API has ended, or this is not Linux.");
        var line = File.ReadLines(file).First(line => line.StartsWith(name, StringComparison.Ordinal));
        var kibibytes = line[name.Length..].Replace("kB", "", StringComparison.Ordinal);
        return long.Parse(kibibytes, NumberStyles.AllowLeadingWhite | NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture) * 1024 / 1e6;
    }
}
