using System.Diagnostics;
using System.Globalization;
using System.Runtime.CompilerServices;
using CdrSandbox;
using CdrSandbox.Postgres;

namespace CdrApi.Tests.Deploy;

/// <summary>The scripts of deploy/backup as they are installed beside a standby, run as its user, with directories of their own.</summary>
internal sealed class BackupHost : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("cdr-api-backup-").FullName;
    private readonly ServerUser? _user = ServerUser.Find();

    public BackupHost(Sandbox sandbox, Standby standby)
    {
        var programs = Tool.NeedsClients(sandbox);
        File.SetUnixFileMode(_directory, (UnixFileMode)0b111_101_101);
        Bin = Make("bin");
        Backups = Make("backups");
        Metrics = Make("metrics");
        Work = Make("work");
        foreach (var file in Directory.EnumerateFiles(Path.Combine(Here(), "../../../deploy/backup")))
        {
            File.Copy(file, Path.Combine(Bin, Path.GetFileName(file)));
        }

        foreach (var file in Directory.EnumerateFiles(programs))
        {
            File.CreateSymbolicLink(Path.Combine(Bin, Path.GetFileName(file)), file);
        }

        // The tests' backups need not survive a power cut.
        File.Delete(Path.Combine(Bin, "pg_basebackup"));
        Write("bin/pg_basebackup", $"#!/bin/sh\nexec {programs}/pg_basebackup --no-sync \"$@\"\n", (UnixFileMode)0b111_101_101);
        var passFile = Write("passfile", sandbox.ReplicatorPassLine(standby), UnixFileMode.UserRead | UnixFileMode.UserWrite);
        Settings = Write("backup.conf", $"""
            # Of the tests.
            BACKUP_DIRECTORY={Backups}
            BACKUP_KEEP=7
            BACKUP_PG_BIN="{Bin}"
            BACKUP_SCRATCH={Work}/scratch
            METRICS_DIRECTORY={Metrics}
            PGHOST={standby.Address.Host}
            PGPORT={standby.Address.Port}
            PGPASSFILE={passFile}
            PGDATA={standby.DataDirectory}
            """, UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }

    public string Bin { get; }

    public string Backups { get; }

    public string Metrics { get; }

    /// <summary>A directory of the servers' user.</summary>
    public string Work { get; }

    public string Settings { get; }

    /// <summary>Of the backups that are there to be taken for good, oldest first.</summary>
    public IReadOnlyList<string> Names => [.. Directory.EnumerateDirectories(Backups).Select(d => Path.GetFileName(d)!).Where(n => n[0] != '.').Order(StringComparer.Ordinal)];

    /// <summary>What was begun and did not become a backup.</summary>
    public IReadOnlyList<string> Unfinished => [.. Directory.EnumerateDirectories(Backups, ".*").Select(d => Path.GetFileName(d)!)];

    public Task<CommandResult> BackUpAsync(params (string Name, string Value)[] settings) => RunAsync("cdrapi-backup", [], settings);

    public Task<CommandResult> TestRestoreAsync(params (string Name, string Value)[] settings) => RunAsync("cdrapi-restore-test", [], settings);

    public async Task<CommandResult> RunAsync(string script, string[] arguments, params (string Name, string Value)[] settings)
    {
        using var process = Start(script, arguments, settings);
        return await EndOfAsync(process);
    }

    public Process Start(string script, string[] arguments, params (string Name, string Value)[] settings)
    {
        string[] command = [.. _user?.Prefix ?? [], Path.Combine(Bin, script), .. script.StartsWith("cdrapi-", StringComparison.Ordinal) ? ["--config", Settings] : Array.Empty<string>(), .. arguments];
        var start = new ProcessStartInfo(command[0], command[1..]) { WorkingDirectory = Work, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var name in start.Environment.Keys.Where(n => n.StartsWith("PG", StringComparison.Ordinal) || n.StartsWith("BACKUP_", StringComparison.Ordinal)).ToList())
        {
            start.Environment.Remove(name);
        }

        foreach (var (name, value) in settings)
        {
            start.Environment[name] = value;
        }

        return Process.Start(start)!;
    }

    public static async Task<CommandResult> EndOfAsync(Process process)
    {
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        // What a script left running would hold its output open.
        await Task.WhenAll(process.WaitForExitAsync(), output, errors).WaitAsync(TimeSpan.FromMinutes(1));
        return new CommandResult(process.ExitCode, await output + await errors);
    }

    public static async Task SignalAsync(Process process, string signal)
    {
        using var kill = Process.Start("kill", ["-" + signal, process.Id.ToString(CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync();
    }

    /// <summary>Null when there is no such metric.</summary>
    public long? Metric(string name) => Directory.EnumerateFiles(Metrics, "*.prom").SelectMany(File.ReadLines)
        .Where(l => l.StartsWith(name + " ", StringComparison.Ordinal)).Select(l => (long?)long.Parse(l.Split(' ')[1], CultureInfo.InvariantCulture)).SingleOrDefault();

    /// <summary>The processes that work in its directories.</summary>
    public IEnumerable<string> Processes => Directory.EnumerateDirectories("/proc").Select(d => Path.Combine(d, "cmdline")).Where(File.Exists).Select(ReadIfThere)
        .Where(c => c.Contains(_directory, StringComparison.Ordinal));

    public void Own(string path) => _user?.Own(path);

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    private string Make(string name)
    {
        var path = Directory.CreateDirectory(Path.Combine(_directory, name)).FullName;
        Own(path);
        return path;
    }

    private string Write(string name, string text, UnixFileMode mode)
    {
        var path = Path.Combine(_directory, name);
        File.WriteAllText(path, text);
        File.SetUnixFileMode(path, mode);
        Own(path);
        return path;
    }

    private static string ReadIfThere(string file)
    {
        try
        {
            return File.ReadAllText(file);
        }
        catch (IOException)
        {
            return "";
        }
    }

    private static string Here([CallerFilePath] string file = "") => Path.GetDirectoryName(file)!;
}
