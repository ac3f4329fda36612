using System.Globalization;
using System.Runtime.InteropServices;

namespace CdrSandbox.Postgres;

/// <summary>A clock that is off, for one server: libfaketime answers its questions for the time.</summary>
internal static class FakeClock
{
    /// <summary>What a process must find in its environment.</summary>
    public static Dictionary<string, string> Environment(Machine machine, TimeSpan offset)
    {
        if (machine.BinDirectory is null)
            throw new SandboxException("In a container, a server's clock cannot be set off.");
        var library = Libraries().FirstOrDefault(File.Exists)
            ?? throw new SandboxException("A server's clock is set off by libfaketime: install faketime.");
        return new Dictionary<string, string>
        {
            ["LD_PRELOAD"] = library,
            ["FAKETIME"] = string.Create(CultureInfo.InvariantCulture, $"{offset.TotalSeconds:+0.######;-0.######}"),
            // Waits are measured by the monotonic clock, and must last as long as they say.
            ["DONT_FAKE_MONOTONIC"] = "1",
        };
    }

    private static IEnumerable<string> Libraries()
    {
        var architecture = RuntimeInformation.ProcessArchitecture switch
        {
            Architecture.X64 => "x86_64",
            Architecture.Arm64 => "aarch64",
            var other => other.ToString().ToLowerInvariant(),
        };
        // Debian's and Ubuntu's; Fedora's; Alpine's and Arch's; one's own.
        string[] directories = [$"/usr/lib/{architecture}-linux-gnu", "/usr/lib64", "/usr/lib", "/usr/local/lib"];
        return directories.Select(directory => $"{directory}/faketime/libfaketime.so.1");
    }
}
