using System.Globalization;

namespace CdrSandbox.Postgres;

/// <summary>Servers from the PostgreSQL programs installed on this machine.</summary>
internal sealed class LocalSite(string workDirectory, string binDirectory) : Site
{
    private readonly ServerUser? _user = ServerUser.Find();

    /// <summary>The first directory of PATH that has them, else the newest of Debian's.</summary>
    public static string? FindBinaries()
    {
        var path = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries);
        const string Debian = "/usr/lib/postgresql";
        var versions = !Directory.Exists(Debian) ? [] : Directory.GetDirectories(Debian)
            .OrderByDescending(directory => double.TryParse(Path.GetFileName(directory), CultureInfo.InvariantCulture, out var version) ? version : 0)
            .Select(directory => Path.Combine(directory, "bin"));
        string[] programs = ["initdb", "pg_ctl", "postgres", "pg_basebackup"];
        return path.Concat(versions).FirstOrDefault(bin => programs.All(program => File.Exists(Path.Combine(bin, program))));
    }

    public override Task<Machine> AddMachineAsync(string name, CancellationToken cancellationToken)
    {
        var directory = Directory.CreateDirectory(Path.Combine(workDirectory, name), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        _user?.Own(directory.FullName);
        return Task.FromResult<Machine>(new LocalMachine(directory.FullName, binDirectory, _user));
    }

    public override ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
