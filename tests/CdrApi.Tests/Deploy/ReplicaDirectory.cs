using System.Diagnostics;
using System.Globalization;
using CdrSandbox;

namespace CdrApi.Tests.Deploy;

/// <summary>A place of its own for a standby: data, settings, socket and port.</summary>
internal sealed class ReplicaDirectory
{
    private readonly DeploySandbox _sandbox;

    public ReplicaDirectory(DeploySandbox sandbox, string path)
    {
        (_sandbox, Root) = (sandbox, path);
        Slot = "slot_" + Path.GetFileName(path);
        GiveToServersUser();
    }

    public string Root { get; }

    public string Slot { get; }

    /// <summary>Where the directory above is missing too.</summary>
    public string Data => Path.Combine(Root, "cluster/data");

    public string Config => Path.Combine(Root, "config");

    public string Settings => Path.Combine(Config, "conf.d/cdrapi.conf");

    public int Port { get; } = FreePort.Next();

    /// <summary>What is half made, and is deleted if it stays so.</summary>
    public string Half => Data + ".cdrapi-half";

    /// <summary>For the API.</summary>
    public string ReaderConnectionString => $"Host=localhost;Port={Port.ToString(CultureInfo.InvariantCulture)};Database=sippy;Username=cdr_reader;Password={_sandbox.ReaderPassword}";

    /// <summary>cdrapi-replica with what it needs; more options replace these.</summary>
    public Task<ScriptResult> RunAsync(params string[] more) => Script.RunAsync("env", Options(more), _sandbox.ReplicatorPassword + "\n");

    /// <summary>The same with a file system of that size here, which only it sees.</summary>
    public Task<ScriptResult> RunOnSmallDiskAsync(int megabytes) => Script.RunAsync("unshare",
        ["-m", "sh", "-c", $"mount -t tmpfs -o size={megabytes}m,mode=777 none {Root} && exec \"$0\" \"$@\"", "env", .. Options(["--max-rate", "1M"])], _sandbox.ReplicatorPassword + "\n");

    public Process Start(params string[] more)
    {
        var process = Script.Start("env", Options(more));
        process.StandardInput.WriteLine(_sandbox.ReplicatorPassword);
        process.StandardInput.Close();
        return process;
    }

    /// <summary>One value, asked over the socket as the servers' user may.</summary>
    public async Task<string> AskAsync(string sql, string database = "sippy")
    {
        var asked = await Script.RunAsync(Path.Combine(_sandbox.Sandbox.PgBin!, "psql"),
            ["-X", "-A", "-t", "-h", Root, "-p", $"{Port}", "-U", "postgres", "-d", database, "-c", sql], asServersUser: true);
        asked.ExitCode.Should().Be(0, asked.Output);
        return asked.Output.Trim();
    }

    public async Task<bool> HasSlotAsync() => await _sandbox.Primary.ScalarAsync<bool>($"SELECT EXISTS (SELECT FROM pg_replication_slots WHERE slot_name = '{Slot}')");

    /// <summary>What an operator may have there: less than the primary has, TLS, and lines of pg_hba.conf.</summary>
    public void WriteOperatorsSettings()
    {
        Directory.CreateDirectory(Path.Combine(Config, "conf.d"));
        File.WriteAllText(Path.Combine(Config, "postgresql.conf"), "max_connections = 50\ninclude_dir = 'conf.d'\n");
        File.WriteAllText(Path.Combine(Config, "pg_hba.conf"), "local all all trust\n");
        var (certificate, key) = (Path.Combine(Config, "fullchain.pem"), Path.Combine(Config, "privkey.pem"));
        TestCertificate.WriteTo(Config);
        File.SetUnixFileMode(key, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        File.WriteAllText(Path.Combine(Config, "conf.d/tls.conf"), $"ssl = on\nssl_cert_file = '{certificate}'\nssl_key_file = '{key}'\n");
        GiveToServersUser();
    }

    private void GiveToServersUser()
    {
        if (Environment.IsPrivilegedProcess)
        {
            using var chown = Process.Start("chown", ["-R", Script.ServersUser, Root]);
            chown.WaitForExit();
        }
    }

    private static string Program => Path.Combine(DeploySandbox.Scripts, "replica/cdrapi-replica");

    private IEnumerable<string> Options(string[] more)
    {
        var primary = _sandbox.Sandbox.Primary.Address;
        string[] options =
        [
            $"TMPDIR={Root}", Program, "--data-directory", Data, "--config-directory", Config, "--socket-directory", Root, "--port", $"{Port}",
            "--bin-directory", _sandbox.Sandbox.PgBin!, "--os-user", Script.ServersUser, "--wait", "60",
        ];
        string[] following = ["--primary", primary.Host, "--primary-port", $"{primary.Port}", "--slot", Slot, "--password-file", "-"];
        return [.. options, .. more.Contains("--remove") ? [] : following, .. more];
    }
}
