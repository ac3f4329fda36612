using System.Globalization;

namespace CdrSandbox;

/// <summary>Addresses and keys as KEY=VALUE lines, for scripts. It holds passwords, so only its owner can read it.</summary>
public static class EnvFile
{
    public static void Write(string path, Sandbox sandbox)
    {
        // Whoever waits for the file sees all of it or nothing.
        var temporary = $"{path}.{Environment.ProcessId}";
        using (var file = new StreamWriter(temporary, new FileStreamOptions
        {
            Mode = FileMode.Create,
            Access = FileAccess.Write,
            UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
        }))
        {
            foreach (var (name, value) in Lines(sandbox))
                file.WriteLine($"{name}={value}");
        }
        File.Move(temporary, path, overwrite: true);
    }

    private static IEnumerable<(string Name, string? Value)> Lines(Sandbox sandbox)
    {
        if (sandbox.Api is { } api)
        {
            yield return ("CDR_API_URL", api.Url.OriginalString);
            yield return ("CDR_API_KEY", sandbox.ApiKey);
            yield return ("CDR_ACCOUNT_KEY", sandbox.AccountKey);
        }
        yield return ("CDR_ACCOUNT", sandbox.Account.ToString(CultureInfo.InvariantCulture));
        yield return ("CDR_PRIMARY", sandbox.Primary.Uri);
        foreach (var (index, standby) in sandbox.Standbys.Index())
            yield return (Replica(index), standby.Uri);

        // Where the servers run in containers, their programs and files are out of reach.
        if (sandbox.PgBin is null)
            yield break;
        yield return ("CDR_PG_BIN", sandbox.PgBin);
        yield return ("CDR_PRIMARY_DATA", sandbox.Primary.DataDirectory);
        foreach (var (index, standby) in sandbox.Standbys.Index())
            yield return (Replica(index) + "_DATA", standby.DataDirectory);
    }

    private static string Replica(int index) =>
        index == 0 ? "CDR_REPLICA" : string.Create(CultureInfo.InvariantCulture, $"CDR_REPLICA_{index + 1}");
}
