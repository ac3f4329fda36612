using System.Globalization;

namespace CdrSandbox.Postgres;

/// <summary>The user that root lends to the servers, which refuse to run as root.</summary>
public sealed record ServerUser(string Name, uint Id, uint GroupId)
{
    public static ServerUser? Find()
    {
        if (!Environment.IsPrivilegedProcess)
            return null;

        var users = File.ReadLines("/etc/passwd").Select(line => line.Split(':')).Where(fields => fields.Length > 3).ToList();
        var user = users.Find(fields => fields[0] == "postgres") ?? users.Find(fields => fields[0] == "nobody")
            ?? throw new SandboxException("PostgreSQL does not run as root, and there is no user postgres or nobody to run it as.");
        return new ServerUser(user[0], uint.Parse(user[2], CultureInfo.InvariantCulture), uint.Parse(user[3], CultureInfo.InvariantCulture));
    }

    public void Own(string path) => Libc.ChangeOwner(path, Id, GroupId);

    /// <summary>The command that runs another one as this user.</summary>
    public string[] Prefix { get; } =
        IsOnPath("setpriv") ? ["setpriv", $"--reuid={Id}", $"--regid={GroupId}", "--clear-groups", "--"]
        : IsOnPath("runuser") ? ["runuser", "-u", Name, "--"]
        : throw new SandboxException("As root, the sandbox needs setpriv or runuser (package util-linux).");

    private static bool IsOnPath(string program) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Any(directory => File.Exists(Path.Combine(directory, program)));
}
