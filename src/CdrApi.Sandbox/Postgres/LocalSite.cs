using System.Globalization;

namespace CdrSandbox.Postgres;

/// <summary>Servers from the PostgreSQL programs installed on this machine.</summary>
internal sealed class LocalSite(string workDirectory, string binDirectory) : Site
{
    // Without pg_basebackup, which builds for embedding lack, a standby is a copy of the stopped primary.
    private static readonly string[] Programs = ["initdb", "pg_ctl", "postgres"];

    private readonly ServerUser? _user = ServerUser.Find();

    /// <summary>The first directory of PATH that has them, else the newest of Debian's.</summary>
    public static string? FindBinaries()
    {
        var path = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries);
        const string Debian = "/usr/lib/postgresql";
        var versions = !Directory.Exists(Debian) ? [] : Directory.GetDirectories(Debian)
            .OrderByDescending(directory => double.TryParse(Path.GetFileName(directory), CultureInfo.InvariantCulture, out var version) ? version : 0)
            .Select(directory => Path.Combine(directory, "bin"));
        var usable = path.Concat(versions).Where(bin => !Missing(bin).Any()).ToList();
        // One that is complete first: it has the clients too.
        return usable.Find(bin => File.Exists(Path.Combine(bin, "pg_basebackup"))) ?? usable.FirstOrDefault();
    }

    /// <summary>With the programs of a directory that somebody named, if they are of use.</summary>
    public static async Task<LocalSite> CreateAsync(
        string workDirectory, string binDirectory, string namedBy, CancellationToken cancellationToken)
    {
        if (!Directory.Exists(binDirectory))
            throw new SandboxException($"{namedBy} is \"{binDirectory}\", and there is no such directory.");
        var missing = Missing(binDirectory).ToList();
        if (missing.Count > 0)
        {
            throw new SandboxException(
                $"{namedBy} is \"{binDirectory}\", which has no {string.Join(", no ", missing)} that can be executed.");
        }

        var fullPath = Path.GetFullPath(binDirectory);
        var site = new LocalSite(workDirectory, fullPath);
        await using var machine = new LocalMachine(workDirectory, fullPath, site._user);
        // Such as libraries below a directory that the servers' user must not enter.
        var version = await machine.RunAsync("initdb", ["--version"], cancellationToken);
        var user = site._user?.Name ?? Environment.UserName;
        return version.ExitCode == 0 ? site : throw new SandboxException(
            $"{namedBy} is \"{binDirectory}\", whose initdb the user {user} cannot run:\n{version.Output}");
    }

    public override Task<Machine> AddMachineAsync(string name, CancellationToken cancellationToken)
    {
        var directory = Directory.CreateDirectory(Path.Combine(workDirectory, name), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        _user?.Own(directory.FullName);
        return Task.FromResult<Machine>(new LocalMachine(directory.FullName, binDirectory, _user));
    }

    public override ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private static IEnumerable<string> Missing(string bin) =>
        Programs.Where(program => !IsExecutable(Path.Combine(bin, program)));

    private static bool IsExecutable(string file) =>
        File.Exists(file) && (File.GetUnixFileMode(file) & (UnixFileMode.UserExecute | UnixFileMode.OtherExecute)) != 0;
}
