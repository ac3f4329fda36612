using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;

namespace CdrApi.Tests.Deploy;

/// <summary>systemd's own judgment of the units in deploy/systemd.</summary>
public sealed partial class UnitTests
{
    private static readonly string Units = Path.GetFullPath(Path.Combine(Here(), "../../../deploy/systemd"));

    public static TheoryData<string> Files => [.. Directory.EnumerateFiles(Units).Select(f => Path.GetFileName(f)!)];

    public static TheoryData<string> Services => [.. Directory.EnumerateFiles(Units, "*.service").Select(f => Path.GetFileName(f)!)];

    [Theory]
    [MemberData(nameof(Files))]
    public async Task Systemd_finds_no_fault_in(string unit)
    {
        var (_, said) = await AnalyzeAsync("verify", Path.Combine(Units, unit));

        // The programs are installed where the units are.
        said.Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Where(l => !l.EndsWith(" is not executable: No such file or directory", StringComparison.Ordinal)).Should().BeEmpty();
    }

    /// <summary>One that cannot be says why in a comment: "# Exposure: …".</summary>
    [Theory]
    [MemberData(nameof(Services))]
    public async Task Exposure_is_below_2(string service)
    {
        var (_, said) = await AnalyzeAsync("security", "--offline=true", "--no-pager", Path.Combine(Units, service));

        var exposure = double.Parse(Exposure().Match(said).Groups[1].Value, CultureInfo.InvariantCulture);
        if (!(await File.ReadAllTextAsync(Path.Combine(Units, service))).Contains("\n# Exposure: ", StringComparison.Ordinal))
        {
            exposure.Should().BeLessThan(2.0, said);
        }
    }

    [Theory]
    [InlineData("cdrapi-backup.timer", "02:00:00 UTC", 1, 1)]
    [InlineData("cdrapi-restore-test.timer", "04:00:00 UTC", 28, 31)]
    public async Task Timers_run_in_UTC_every_day_and_every_month(string timer, string time, int shortest, int longest)
    {
        var calendar = (await File.ReadAllLinesAsync(Path.Combine(Units, timer))).Single(l => l.StartsWith("OnCalendar=", StringComparison.Ordinal))[11..];

        var (_, said) = await AnalyzeAsync("calendar", "--iterations=13", calendar);

        var elapses = Elapse().Matches(said).Select(m => m.Groups).ToList();
        elapses.Should().HaveCount(13).And.OnlyContain(g => g[2].Value == time);
        var dates = elapses.ConvertAll(g => DateOnly.Parse(g[1].Value, CultureInfo.InvariantCulture));
        dates.Zip(dates.Skip(1), (a, b) => b.DayNumber - a.DayNumber).Should().OnlyContain(d => d >= shortest && d <= longest);
        dates.Should().OnlyContain(d => longest == 1 || d.Day == 1);
    }

    /// <summary>It would remove the shared memory of all that the user runs, and the user of the backups runs the standby.</summary>
    [Theory]
    [MemberData(nameof(Services))]
    public async Task No_unit_of_the_user_postgres_removes_IPC_objects(string service)
    {
        var lines = await File.ReadAllLinesAsync(Path.Combine(Units, service));

        if (lines.Contains("User=postgres"))
        {
            lines.Should().Contain("RemoveIPC=no").And.NotContain("RemoveIPC=yes");
        }
    }

    private static async Task<(int ExitCode, string Output)> AnalyzeAsync(params string[] arguments)
    {
        var start = new ProcessStartInfo("systemd-analyze", arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        // Timers find their services there; after the colon follow systemd's own directories.
        start.Environment["SYSTEMD_UNIT_PATH"] = Units + ":";
        start.Environment["LC_ALL"] = "C.UTF-8";
        start.Environment["TZ"] = "UTC";
        try
        {
            using var process = Process.Start(start)!;
            var output = process.StandardOutput.ReadToEndAsync();
            var errors = process.StandardError.ReadToEndAsync();
            await process.WaitForExitAsync();
            return (process.ExitCode, await output + await errors);
        }
        catch (Win32Exception)
        {
            Assert.Skip("Needs systemd-analyze: install systemd.");
            throw;
        }
    }

    private static string Here([CallerFilePath] string file = "") => Path.GetDirectoryName(file)!;

    [GeneratedRegex(@"Overall exposure level for \S+: (\d+\.\d+)")]
    private static partial Regex Exposure();

    [GeneratedRegex(@"(?:Next elapse|Iter\. #\d+): \w+ (\S+) (\S+ \w+)")]
    private static partial Regex Elapse();
}
