using System.Runtime.CompilerServices;
using System.Security.Cryptography;

namespace CdrApi.Tests.Deploy;

/// <summary>Wrong command lines of the scripts in deploy: exit code 2 and what to give, before anything is changed. None of these gets further.</summary>
public sealed class CommandLineTests : IDisposable
{
    private const string Install = "install.sh";
    private const string Replica = "postgres/replica/cdrapi-replica";

    private readonly string _directory = Directory.CreateTempSubdirectory("cdr-api-options-").FullName;

    public CommandLineTests()
    {
        TestCertificate.WriteTo(_directory);
        using var other = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        File.WriteAllText(Path.Combine(_directory, "other.pem"), other.ExportPkcs8PrivateKeyPem() + "\n");
        File.WriteAllText(Path.Combine(_directory, "password"), "secret\n");
        File.WriteAllText(Path.Combine(_directory, "empty"), "\n");
    }

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Theory]
    [InlineData("--frob", "unknown option --frob")]
    [InlineData("frob", "unknown option frob")]
    [InlineData("--caller=192.0.2.1", "unknown option --caller=192.0.2.1: write --caller and its value with a blank between")]
    [InlineData("--caller", "--caller needs a value")]
    [InlineData("--caller|", "--caller has an empty value")]
    [InlineData("--caller|192.0.2.1\n--self-signed", "has a control character in its value")]
    [InlineData("--server-name|--self-signed", "--server-name needs a value, and --self-signed is an option")]
    [InlineData("--server-name|a/b", "--server-name is \"a/b\"; it must be the name of a host")]
    [InlineData("--server-name|*.example.com", "it must be the name of a host")]
    [InlineData("--server-name|999.1.1.1", "it must be the name of a host")]
    [InlineData("--caller|999.1.1.1/99", "--caller is \"999.1.1.1/99\"; it must be an address or a network, such as 192.0.2.20")]
    [InlineData("--administrator|everybody", "--administrator is \"everybody\"; it must be an address or a network")]
    [InlineData("--exempt|2001:db8::/129", "--exempt is \"2001:db8::/129\"; it must be an address or a network")]
    [InlineData("--instances|99999", "--instances is \"99999\"; it must be ports such as 3001,3002")]
    [InlineData("--instances|3001,3001", "it must be ports such as 3001,3002: from 1024 on, each once")]
    [InlineData("--instances|3001,", "it must be ports")]
    [InlineData("--instances|80", "it must be ports")]
    [InlineData("--instances|5432", "none of PostgreSQL or the monitoring")]
    [InlineData("--standby|a;Password=x", "--standby is \"a;Password=x\"; it must be hosts, such as 192.0.2.10,192.0.2.11:5433")]
    [InlineData("--standby|a, b", "it must be hosts")]
    [InlineData("--standby|a,,b", "it must be hosts")]
    [InlineData("--standby|192.0.2.300", "it must be hosts")]
    [InlineData("--primary|a:99999", "--primary is \"a:99999\"; it must be a host")]
    [InlineData("--primary|a", "give one of them")]
    [InlineData("--database|a\"b", "--database is \"a\"b\"; it must be the name of a database")]
    [InlineData("--database|a;Host=b", "it must be the name of a database")]
    [InlineData("--database|replication", "no keyword of pg_hba.conf")]
    [InlineData("--replica-option|foo", "--replica-option is \"foo\"; it must be NAME=VALUE")]
    [InlineData("--replica-option|reconfigure=--remove", "--replica-option cannot be reconfigure, which takes no value")]
    [InlineData("--replica-option|database=other", "--replica-option cannot be database")]
    [InlineData("--replica-option|sslmode=require", "--replica-option goes with --primary")]
    [InlineData("--reader-password|/nowhere", "--reader-password is \"/nowhere\"; it must be a file with the password on its first line")]
    [InlineData("--reader-password|empty", "it must be a file with the password")]
    [InlineData("--replicator-password|.", "it must be a file with the password")]
    [InlineData("--certificate|fullchain.pem", "--certificate needs --key")]
    [InlineData("--key|privkey.pem", "--key needs --certificate")]
    [InlineData("--certificate|fullchain.pem|--key|fullchain.pem", "it must be a file with a private key in PEM")]
    [InlineData("--certificate|privkey.pem|--key|privkey.pem", "it must be a file with a certificate in PEM")]
    [InlineData("--certificate|fullchain.pem|--key|other.pem", "--key is not the key of --certificate")]
    [InlineData("--program|/nowhere", "there is no program in \"/nowhere\"")]
    [InlineData("--purge", "--purge goes with --uninstall")]
    public Task Install_refuses(string options, string complaint) => ShouldBeRefusedAsync(Install, [.. Standbys, .. options.Split('|')], complaint);

    [Theory]
    [InlineData("sslmode=sometimes", "--sslmode is \"sometimes\"; it must be disable, allow,")]
    [InlineData("frob=1", "unknown option --frob")]
    [InlineData("port=0", "--port is \"0\"; it must be a port from 1 to 65535")]
    public Task Install_asks_the_replica_about_its_options(string option, string complaint) =>
        ShouldBeRefusedAsync(Install, [.. Needed, "--primary", "[2001:db8::1]:5433", "--replica-option", option], complaint);

    [Theory]
    [InlineData("--primary|192.0.2.1|--replica-option|sslmode=verify-full|--replica-option|max-rate=50M")]
    [InlineData("--primary|sippy.example.com:5433|--instances|3001")]
    [InlineData("--primary|[2001:db8::1]:5433|--exempt|2001:db8::/48|--caller|0.0.0.0/0|--caller|::/0")]
    [InlineData("--primary|2001:db8::1|--database|sippy_2")]
    [InlineData("--standby|a,b.example.com:5433,192.0.2.1,192.0.2.2:5432,[2001:db8::1]:5432,2001:db8::2")]
    [InlineData("--standby|a|--certificate|fullchain.pem|--key|privkey.pem")]
    public async Task Install_takes(string options)
    {
        var said = await RunAsync(Install, [.. Needed, .. options.Split('|')]);

        // It goes on to look at the machine, and does nothing there.
        said.ExitCode.Should().NotBe(2, said.Output);
    }

    [Theory]
    [InlineData("--caller\n999.1.1.1\n", "--caller is \"999.1.1.1\"; it must be an address or a network*(in /etc/cdrapi/install.conf: correct it there")]
    [InlineData("--caller\n--self-signed\n", "--caller needs a value, and --self-signed is an option (in /etc/cdrapi/install.conf")]
    [InlineData("192.0.2.1\n", "unknown option 192.0.2.1 (in /etc/cdrapi/install.conf")]
    [InlineData("--caller\n192.0.2.1\r\n", "--caller has a control character*(in /etc/cdrapi/install.conf")]
    public async Task A_remembered_option_that_is_wrong_is_named_with_its_place(string remembered, string complaint)
    {
        await File.WriteAllTextAsync(Path.Combine(Directory.CreateDirectory(Path.Combine(_directory, "cdrapi")).FullName, "install.conf"), remembered);
        var able = await Script.RunAsync("unshare", ["-m", "true"]);
        Assert.SkipUnless(able.ExitCode == 0, "Needs root: a directory is mounted over /etc.");

        var said = await Script.RunAsync("unshare", ["-m", "sh", "-c", $"mount --bind {_directory} /etc && exec {Path.Combine(Deployed, Install)} --dry-run"]);

        said.ExitCode.Should().Be(2, said.Output);
        said.Output.Should().Match($"install.sh: *{complaint}*");
    }

    [Theory]
    [InlineData("--primary|192.0.2.1:5432", "--primary is \"192.0.2.1:5432\"; it must be the name or address of a host (its port is --primary-port)")]
    [InlineData("--primary|a b", "it must be the name or address of a host")]
    [InlineData("--primary|--remove", "--primary needs a value, and --remove is an option")]
    [InlineData("--primary|a|--primary-port|08", "--primary-port is \"08\"; it must be a port")]
    [InlineData("--primary|a|--wait|0", "--wait is \"0\"; it must be seconds")]
    [InlineData("--primary|a|--user|all", "--user is \"all\"; it must be the name of a role")]
    [InlineData("--primary|a|--slot|A-b", "--slot is \"A-b\"; it must be the name of a slot")]
    [InlineData("--primary|a|--max-rate|2G", "--max-rate is \"2G\"; it must be from 32k to 1024M")]
    [InlineData("--primary|a|--tablespace|/srv/fast", "it must be two absolute paths, OLD=NEW")]
    [InlineData("--primary|a|--database|a'b", "it must be the name of a database")]
    [InlineData("--primary|a|--cluster|15/..", "it must be VERSION/NAME such as 15/main")]
    [InlineData("--primary|a|--sslrootcert|/nowhere", "--sslrootcert is \"/nowhere\"; it must be a file that can be read")]
    [InlineData("--primary|a|--data-directory|/srv/../etc", "it must be an absolute path")]
    [InlineData("--primary|a|--data-directory|/srv/data|--config-directory|/srv/data/config", "--config-directory must not be within the data")]
    [InlineData("--primary|a|--password-file|/nowhere", "--password-file is \"/nowhere\"")]
    [InlineData("--primary|a|--password-file|empty", "must have the password on its first line")]
    [InlineData("--remove|--reconfigure", "--reconfigure and --remove: give one of them")]
    [InlineData("--frob", "unknown option --frob")]
    public Task The_replica_refuses(string options, string complaint) => ShouldBeRefusedAsync(Replica, ["--dry-run", .. options.Split('|')], complaint);

    [Theory]
    [InlineData("cdrapi-restart", "--wait|soon", "--wait is \"soon\"; it must be seconds")]
    [InlineData("cdrapi-restart", "--wait", "--wait needs a value")]
    [InlineData("cdrapi-restart", "cdrapi@3001", "unknown option cdrapi@3001")]
    [InlineData("firewall/cdrapi-firewall", "open", "\"open\" is no command: say addresses, check, apply or remove")]
    [InlineData("firewall/cdrapi-firewall", "check|remove", "check and remove: say one of them")]
    [InlineData("firewall/cdrapi-firewall", "--force", "say addresses, check, apply or remove")]
    [InlineData("firewall/cdrapi-firewall", "check|--directory|--force", "--directory needs a value, and --force is an option")]
    [InlineData("firewall/cdrapi-firewall", "check|--directory|/nowhere", "There is no /nowhere/firewall.addresses.nft")]
    [InlineData("backup/cdrapi-backup", "--config|/nowhere", "--config is \"/nowhere\"; it must be a file that can be read")]
    [InlineData("backup/cdrapi-backup", "--verify|", "--verify has an empty value")]
    [InlineData("backup/cdrapi-backup", "--restore|20260101T000000Z", "--restore needs the name of a backup and a directory")]
    [InlineData("backup/cdrapi-backup", "--restore|20260101T000000Z|--list", "--restore needs a value, and --list is an option")]
    [InlineData("backup/cdrapi-restore-test", "--frob", "unknown option --frob")]
    [InlineData("backup/cdrapi-restore-test", "a|b", "more than one NAME")]
    [InlineData("postgres/replica/cdrapi-collation", "--standby|", "--standby has an empty value")]
    [InlineData("postgres/replica/cdrapi-collation", "--frob", "unknown option --frob")]
    [InlineData("publish.sh", "/nowhere", "/nowhere is no directory that can be written to")]
    [InlineData("publish.sh", "--frob", "unknown option --frob")]
    public Task The_other_scripts_refuse(string script, string options, string complaint) => ShouldBeRefusedAsync(script, options.Split('|'), complaint);

    /// <summary>nft itself asks the DNS for a name, and reads 010 as 8.</summary>
    [Theory]
    [InlineData("office = gw.example.com\ndefine callers4 = { $office }", "office has \"gw.example.com\", which is no address, no network and no port")]
    [InlineData("office = 192.0.2.010\ndefine callers4 = { $office }", "office has \"192.0.2.010\", which is no address, no network and no port")]
    [InlineData("office = 192.0.2.1\ninclude \"/etc/cdrapi/more.nft\"", "includes another file")]
    [InlineData("callers4 = { localhost }", "callers4 has \"localhost\", which is no IPv4 address and no network")]
    [InlineData("callers4 = {\n  192.0.2.20, # one\n  192.0.2.300\n}", "callers4 has \"192.0.2.300\"")]
    [InlineData("callers4={192.0.2.1,192.0.2.010}", "callers4 has \"192.0.2.010\"")]
    [InlineData("administrators4 = { 2001:db8::30 }", "administrators4 has \"2001:db8::30\", which is no IPv4 address")]
    [InlineData("administrators6 = { 192.0.2.30 }", "administrators6 has \"192.0.2.30\", which is no IPv6 address")]
    [InlineData("databases6 = { 2001:db8::/129 }", "databases6 has \"2001:db8::/129\"")]
    [InlineData("databases4 = { 192.0.2.1- }", "databases4 has \"192.0.2.1-\"")]
    [InlineData("ssh_port = { 22, ssh }", "ssh_port has \"ssh\", which is no port")]
    [InlineData("callers4 = { 192.0.2.20, 198.51.100.0/24, 192.0.2.30-192.0.2.39, $administrators4 } # and no more", null)]
    [InlineData("callers6 = {\n  2001:db8::/48,\n  ::1\n}", null)]
    [InlineData("ssh_port = { 22, 2200-2210 }", null)]
    public async Task An_address_of_the_firewall_that_is_none_is_named(string definition, string? complaint)
    {
        await File.WriteAllTextAsync(Path.Combine(_directory, "firewall.addresses.nft"), $"# callers4 = {{ x }}\ndefine {definition}\n");

        var said = await RunAsync("firewall/cdrapi-firewall", ["addresses", "--directory", _directory]);

        said.ExitCode.Should().Be(complaint is null ? 0 : 2, said.Output);
        (complaint is null ? said.Output.Length == 0 : said.Output.Contains(complaint, StringComparison.Ordinal)).Should().BeTrue(said.Output);
    }

    /// <summary>As Python's ipaddress tells them, which also takes zones, netmasks and /08.</summary>
    [Fact]
    public async Task An_address_is_told_from_what_only_looks_like_one()
    {
        string[] good =
        [
            "0.0.0.0", "255.255.255.255", "192.0.2.1/0", "192.0.2.0/24", "192.0.2.1/32", "::", "::1", "1::", "::/0", "1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7::", "::2:3:4:5:6:7:8",
            "2001:DB8::1/128", "::ffff:192.0.2.1", "1:2:3:4:5:6:192.0.2.1",
        ];
        string[] bad =
        [
            "256.0.0.0", "1.2.3", "1.2.3.4.5", "01.2.3.4", "1..2.3", "1.2.3.4.", " 1.2.3.4", "1.2.3.4/33", "1.2.3.4/", "1.2.3.4/08", "1.2.3.4/-1", "1.2.3.4/24/24", "0x1.2.3.4",
            "1.2.3.4/255.255.255.0", "1.2.3.4%eth0", ":", ":::", "1:", ":1", "1::2::3", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "1:2:3:4::5:6:7:8", "12345::", "g::", "::1/129", "[::1]",
            "fe80::1%eth0", "::1.2.3.400", "1:2:3:4:5:6:7:1.2.3.4", "1.2.3.4::", "a.example.com", "/24", "١.٢.٣.٤", "*",
        ];

        var said = await Script.RunAsync("bash", ["-c", ". \"$0\"; for a; do ! is_network \"$a\" || printf '%s\\n' \"$a\"; done", Path.Combine(Deployed, "options.bash"), .. good, .. bad]);

        said.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Should().Equal(good);
    }

    private static string Deployed { get; } = Path.GetFullPath(Path.Combine(Here(), "../../../deploy"));

    private static string[] Needed => ["--dry-run", "--server-name", "cdrs.example.com", "--self-signed", "--reader-password", "password", "--caller", "192.0.2.1", "--administrator", "192.0.2.1"];

    private static string[] Standbys => [.. Needed, "--standby", "192.0.2.2"];

    private async Task ShouldBeRefusedAsync(string script, string[] arguments, string complaint)
    {
        var said = await RunAsync(script, arguments);

        said.ExitCode.Should().Be(2, said.Output);
        said.Output.Should().Contain(complaint);
        said.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length.Should().BeInRange(1, 2);
    }

    private Task<ScriptResult> RunAsync(string script, string[] arguments) =>
        Script.RunAsync("env", ["-C", _directory, Path.Combine(Deployed, script), .. arguments]);

    private static string Here([CallerFilePath] string file = "") => Path.GetDirectoryName(file)!;
}
