using System.Diagnostics;
using System.Globalization;
using System.Runtime.CompilerServices;

namespace CdrApi.Tests.Deploy;

/// <summary>
/// A host with the rules of deploy/firewall, callers that are connected to it, and a machine behind it that stands for a container: network
/// namespaces of this machine, which are gone with it. On each port of the host something answers.
/// </summary>
internal sealed class FirewallHost : IAsyncDisposable
{
    public const string Host4 = "192.0.2.1";
    public const string Host6 = "2001:db8::1";

    private readonly string _directory = Directory.CreateTempSubdirectory("cdr-api-firewall-").FullName;
    private readonly string _id = "cdr" + Guid.NewGuid().ToString("N")[..8];
    private readonly List<Process> _servers = [];

    public static IReadOnlyList<int> Ports { get; } = [22, 80, 443, 3001, 5432];

    public string AddressesFile => Path.Combine(_directory, "firewall.addresses.nft");

    public string RulesFile => Path.Combine(_directory, "firewall.nft");

    public static async Task<FirewallHost> StartAsync()
    {
        Tool.NeedsRoot("network namespaces are made");
        foreach (var (package, program) in new[] { ("nftables", "nft"), ("nginx", "nginx"), ("curl", "curl"), ("iproute2", "ss") })
        {
            await Tool.RunAsync(package, program, "-V");
        }

        var host = new FirewallHost();
        try
        {
            await host.StartPartsAsync();
            return host;
        }
        catch
        {
            await host.DisposeAsync();
            throw;
        }
    }

    /// <summary>The operator's own file, with these lists in place of the empty ones.</summary>
    public async Task NameAsync(params (string List, string Addresses)[] lists)
    {
        var text = await File.ReadAllTextAsync(Path.Combine(Deployed(), "firewall.addresses.nft"));
        foreach (var (list, addresses) in lists)
        {
            var empty = $"\ndefine {list} = {{ }}\n";
            text.Should().Contain(empty);
            text = text.Replace(empty, $"\ndefine {list} = {{ {addresses} }}\n", StringComparison.Ordinal);
        }

        await File.WriteAllTextAsync(AddressesFile, text);
    }

    /// <summary>Runs cdrapi-firewall on the host.</summary>
    public Task<(int ExitCode, string Output)> FirewallAsync(params string[] arguments) =>
        Tool.RunAsync("iproute2", "ip", ["netns", "exec", Name("host"), Path.Combine(Deployed(), "cdrapi-firewall"), .. arguments, "--directory", _directory]);

    public async Task ApplyAsync(params (string List, string Addresses)[] lists)
    {
        await NameAsync(lists);
        var (exitCode, output) = await FirewallAsync("apply");
        exitCode.Should().Be(0, output);
        output.Should().BeEmpty();
    }

    /// <summary>Runs a script there: host, callers or container.</summary>
    public Task<string> RunAsync(string where, string script) => Tool.MustAsync("iproute2", "ip", "netns", "exec", Name(where), "bash", "-c", script);

    public Process Start(string where, string script) => Tool.Start("iproute2", "ip", "netns", "exec", Name(where), "bash", "-c", script);

    /// <summary>Of these addresses and ports, just those get an answer from the host that are expected: each as "address port".</summary>
    public async Task MustReachAsync(IEnumerable<string> addresses, IEnumerable<int> ports, params IReadOnlyList<string> expected) =>
        (await ReachedAsync(addresses.SelectMany(a => ports, (a, p) => string.Create(CultureInfo.InvariantCulture, $"{a} {p}")), expected)).Should().BeEquivalentTo(expected);

    /// <summary>Which of these get an answer.</summary>
    public async Task<IReadOnlyList<string>> ReachedAsync(IEnumerable<string> asked, IReadOnlyList<string> expected)
    {
        // A packet that is dropped shows in nothing but time. All wait at once, and who should be let in for as long as a slow machine takes.
        var asking = asked.Select(pair =>
        {
            var (address, port) = (pair.Split(' ')[0], pair.Split(' ')[1]);
            var host = address.Contains(':', StringComparison.Ordinal) ? $"[{Host6}]" : Host4;
            return $"curl -s -g --interface {address} --connect-timeout {(expected.Contains(pair) ? 30 : 2)} -o /dev/null http://{host}:{port}/ && echo {pair} &";
        });
        return (await RunAsync("callers", string.Join('\n', asking) + "\nwait")).Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    public async Task<long> CounterAsync(string name)
    {
        var words = (await RunAsync("host", $"nft list counter inet cdrapi {name}")).Split((char[])[' ', '\n', '\t'], StringSplitOptions.RemoveEmptyEntries);
        return long.Parse(words[Array.IndexOf(words, "packets") + 1], CultureInfo.InvariantCulture);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var server in _servers)
        {
            using (server)
            {
                server.Kill();
                await server.WaitForExitAsync();
            }
        }

        foreach (var where in new[] { "callers", "host", "container" })
        {
            await Tool.RunAsync("iproute2", "ip", "netns", "delete", Name(where));
        }

        Directory.Delete(_directory, recursive: true);
    }

    private async Task StartPartsAsync()
    {
        var rules = await File.ReadAllTextAsync(Path.Combine(Deployed(), "firewall.nft"));
        rules.Should().Contain("/etc/cdrapi/");
        await File.WriteAllTextAsync(RulesFile, rules.Replace("/etc/cdrapi/", _directory + "/", StringComparison.Ordinal));
        foreach (var where in new[] { "callers", "host", "container" })
        {
            var (exitCode, output) = await Tool.RunAsync("iproute2", "ip", "netns", "add", Name(where));
            Assert.SkipUnless(exitCode == 0, "Needs network namespaces: " + output.Trim());
            await RunAsync(where, "ip link set lo up");
        }

        // The first address of each is the one that is used unless another is named.
        await RunAsync("host", $"""
            set -e
            ip link add net0 type veth peer name net0 netns {Name("callers")}
            ip link add box0 type veth peer name net0 netns {Name("container")}
            ip address add {Host4}/24 dev net0
            ip address add {Host6}/64 dev net0 nodad
            ip address add 10.99.0.1/24 dev box0
            ip link set net0 up
            ip link set box0 up
            echo 1 > /proc/sys/net/ipv4/ip_forward
            """);
        await RunAsync("container", "ip address add 10.99.0.2/24 dev net0; ip link set net0 up; ip route add default via 10.99.0.1");
        string[] callers = ["20", "30", "40", "99"];
        await RunAsync("callers", string.Join('\n', ["set -e", .. callers.Select(c => $"ip address add 192.0.2.{c}/24 dev net0; ip address add 2001:db8::{c}/64 dev net0 nodad"),
            "ip link set net0 up"]));
        await ListenAsync("host", Ports);
        await ListenAsync("container", [8443]);
    }

    /// <summary>Something that answers each request without a body.</summary>
    private async Task ListenAsync(string where, IReadOnlyList<int> ports)
    {
        var file = Path.Combine(_directory, where + ".conf");
        await File.WriteAllTextAsync(file, $$"""
            daemon off;
            master_process off;
            pid {{file}}.pid;
            error_log stderr;
            events { }
            http {
            access_log off;
            {{string.Join('\n', new[] { "client_body", "proxy", "fastcgi", "uwsgi", "scgi" }.Select(name => $"{name}_temp_path {_directory}/{name};"))}}
            server { {{string.Concat(ports.Select(port => $"listen {port}; listen [::]:{port}; "))}} return 204; }
            }
            """);
        _servers.Add(Tool.Start("iproute2", "ip", "netns", "exec", Name(where), NginxServer.Program, "-p", _directory, "-c", file, "-e", "stderr"));
        await Eventually.BecomesTrueAsync(async () => (await Tool.RunAsync("iproute2", "ip", "netns", "exec", Name(where), "curl", "-s", $"http://127.0.0.1:{ports[0]}/")).ExitCode == 0);
    }

    private string Name(string where) => $"{_id}-{where}";

    private static string Deployed([CallerFilePath] string file = "") => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(file)!, "../../../deploy/firewall"));
}
