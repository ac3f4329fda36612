namespace CdrApi.Tests.Deploy;

/// <summary>The rules of deploy/firewall between network namespaces: who reaches what.</summary>
public sealed class FirewallTests
{
    private const string Faulty = "The rules have a fault";

    // .20 calls, .30 administers, .40 is a standby, .99 is nobody.
    private static readonly (string List, string Addresses)[] Named =
    [
        ("administrators4", "192.0.2.30"), ("administrators6", "2001:db8::30"), ("callers4", "192.0.2.20"), ("callers6", "2001:db8::20"),
        ("databases4", "192.0.2.40"), ("databases6", "2001:db8::40/128"),
    ];

    [Fact]
    public async Task A_named_address_reaches_what_it_is_named_for_and_nothing_else_does()
    {
        await using var host = await FirewallHost.StartAsync();
        string[] addresses = ["192.0.2.20", "192.0.2.30", "192.0.2.40", "192.0.2.99", "2001:db8::20", "2001:db8::30", "2001:db8::40", "2001:db8::99"];
        // Nothing is in the way yet.
        await host.MustReachAsync(addresses, FirewallHost.Ports, [.. addresses.SelectMany(a => FirewallHost.Ports, (a, p) => $"{a} {p}")]);

        await host.ApplyAsync(Named);
        // IPv6 finds its neighbours by ICMP.
        await host.RunAsync("host", "ip neighbour flush all");
        await host.RunAsync("callers", "ip neighbour flush all");

        await host.MustReachAsync(addresses, FirewallHost.Ports,
            "192.0.2.20 443", "192.0.2.30 22", "192.0.2.40 5432", "2001:db8::20 443", "2001:db8::30 22", "2001:db8::40 5432");
        (await host.CounterAsync("not_named")).Should().BeGreaterThan(30);
        (await host.CounterAsync("callers")).Should().BeGreaterThan(1);
        // The host itself, and what it asks of others.
        await host.RunAsync("host", $"set -e; curl -sf http://127.0.0.1:3001/; curl -sfg http://[::1]:5432/; curl -sf http://{FirewallHost.Host4}:443/; curl -sf http://10.99.0.2:8443/");
    }

    [Fact]
    public async Task What_is_established_survives_that_the_rules_are_replaced()
    {
        await using var host = await FirewallHost.StartAsync();
        await host.ApplyAsync(Named);
        // For each line that it reads, a request on the same connection.
        using var caller = host.Start("callers", $$"""
            exec 3<>/dev/tcp/{{FirewallHost.Host4}}/443
            while read -r _; do
              printf 'GET / HTTP/1.1\r\nHost: host\r\n\r\n' >&3
              read -r status <&3 && echo "$status"
              while read -r header <&3 && [ "$header" != $'\r' ]; do :; done
            done
            """);
        (await AskAsync()).Should().StartWith("HTTP/1.1 204");

        await host.ApplyAsync(Named[..2]);

        (await AskAsync()).Should().StartWith("HTTP/1.1 204");
        // A new one of an address that is named no more is refused.
        await host.MustReachAsync(["192.0.2.20", "2001:db8::20"], [443]);
        caller.StandardInput.Close();
        await caller.WaitForExitAsync();

        async Task<string?> AskAsync()
        {
            await caller.StandardInput.WriteLineAsync();
            return await caller.StandardOutput.ReadLineAsync().WaitAsync(TimeSpan.FromSeconds(20));
        }
    }

    [Fact]
    public async Task Who_connects_too_fast_is_held_back_and_others_are_not()
    {
        await using var host = await FirewallHost.StartAsync();
        var rules = await File.ReadAllTextAsync(host.RulesFile);
        rules.Should().Contain("limit rate over 100/second burst 200 packets").And.Contain("ct count over 500");
        await File.WriteAllTextAsync(host.RulesFile, rules.Replace("limit rate over 100/second burst 200 packets", "limit rate over 1/minute burst 5 packets", StringComparison.Ordinal));
        await host.ApplyAsync(("administrators4", "192.0.2.30"), ("callers4", "192.0.2.20, 192.0.2.99"), ("callers6", "2001:db8::/64"));

        (await host.ReachedAsync(Enumerable.Repeat("192.0.2.20 443", 20), [])).Count.Should().BeInRange(1, 6);
        // IPv6: one network.
        string[] network = ["2001:db8::20 443", "2001:db8::30 443", "2001:db8::40 443", "2001:db8::99 443"];
        (await host.ReachedAsync([.. network, .. network, .. network], [])).Count.Should().BeInRange(1, 6);
        await host.MustReachAsync(["192.0.2.99"], [443], "192.0.2.99 443");
        (await host.CounterAsync("too_fast")).Should().BeGreaterThan(10);
    }

    [Fact]
    public async Task Who_has_too_many_connections_gets_no_more()
    {
        await using var host = await FirewallHost.StartAsync();
        await File.WriteAllTextAsync(host.RulesFile, (await File.ReadAllTextAsync(host.RulesFile)).Replace("ct count over 500", "ct count over 3", StringComparison.Ordinal));
        await host.ApplyAsync(("administrators4", "192.0.2.30"), ("callers4", "192.0.2.20, 192.0.2.99"));
        using var holder = host.Start("callers", $"for fd in 3 4 5; do eval \"exec $fd<>/dev/tcp/{FirewallHost.Host4}/443\"; done; echo held; read -r _");
        (await holder.StandardOutput.ReadLineAsync().WaitAsync(TimeSpan.FromSeconds(20))).Should().Be("held");

        await host.MustReachAsync(["192.0.2.20", "192.0.2.99"], [443], "192.0.2.99 443");

        (await host.CounterAsync("too_many")).Should().BeGreaterThan(0);
        holder.StandardInput.Close();
        await holder.WaitForExitAsync();
    }

    [Fact]
    public async Task What_Docker_publishes_is_for_the_named_addresses_too()
    {
        await using var host = await FirewallHost.StartAsync();
        // As Docker does it: the port of the host is the container's, before any rule for the host itself.
        await host.RunAsync("host", "nft 'table ip nat { chain prerouting { type nat hook prerouting priority dstnat; tcp dport { 443, 3001 } dnat to 10.99.0.2:8443; }; }'");
        await host.MustReachAsync(["192.0.2.99"], [443, 3001], "192.0.2.99 443", "192.0.2.99 3001");

        await host.ApplyAsync(Named);

        await host.MustReachAsync(["192.0.2.20", "192.0.2.30", "192.0.2.99"], [443, 3001], "192.0.2.20 443");
    }

    [Fact]
    public async Task The_operator_is_not_locked_out()
    {
        await using var host = await FirewallHost.StartAsync();
        await host.NameAsync(("callers4", "192.0.2.20"));

        await RefusedAsync(host, "administrators4 and administrators6 are empty");
        (await host.RunAsync("host", "nft list ruleset")).Should().BeEmpty();

        // Somebody is logged in from elsewhere.
        using var session = host.Start("callers", $"exec 3<>/dev/tcp/{FirewallHost.Host4}/22; echo in; read -r _");
        (await session.StandardOutput.ReadLineAsync().WaitAsync(TimeSpan.FromSeconds(20))).Should().Be("in");
        await host.NameAsync(("administrators4", "192.0.2.30"));
        await RefusedAsync(host, "192.0.2.20 is not among the administrators");
        (await host.RunAsync("host", "nft list ruleset")).Should().BeEmpty();
        (await host.FirewallAsync("apply", "--force")).ExitCode.Should().Be(0);
        await host.ApplyAsync(("administrators4", "192.0.2.16/28"));
        session.StandardInput.Close();
        await session.WaitForExitAsync();
    }

    [Fact]
    public async Task A_fault_changes_nothing_and_other_tables_are_left_alone()
    {
        await using var host = await FirewallHost.StartAsync();
        await host.RunAsync("host", "nft add table inet other");
        await host.ApplyAsync(Named);
        var before = await host.RunAsync("host", "nft -s list ruleset");
        before.Should().Contain("table inet cdrapi").And.Contain("table inet other");

        foreach (var (text, said) in new[]
        {
            ("define callers4 = { 192.0.2.20", Faulty), ("define callers4 = { }", Faulty), ("", "There is no"),
            ("define administrators4 = { 192.0.2.300 }", "administrators4 has \"192.0.2.300\", which is no IPv4 address and no network"),
        })
        {
            await host.NameAsync();
            await File.AppendAllTextAsync(host.AddressesFile, text + "\n");
            if (text.Length == 0)
            {
                File.Delete(host.AddressesFile);
            }

            await RefusedAsync(host, said);
            (await host.RunAsync("host", "nft -s list ruleset")).Should().Be(before);
        }

        (await host.FirewallAsync("remove")).ExitCode.Should().Be(0);
        (await host.FirewallAsync("remove")).ExitCode.Should().Be(0);
        (await host.RunAsync("host", "nft -s list ruleset")).Should().Contain("table inet other").And.NotContain("cdrapi");
    }

    private static async Task RefusedAsync(FirewallHost host, string message)
    {
        foreach (var command in new[] { "check", "apply" })
        {
            var (exitCode, output) = await host.FirewallAsync(command);
            exitCode.Should().Be(2, output);
            output.Should().Contain(message).And.Contain("Nothing was changed.");
        }
    }
}
