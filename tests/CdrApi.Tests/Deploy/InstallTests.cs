using System.Net;
using System.Net.Sockets;
using System.Text.Json;

namespace CdrApi.Tests.Deploy;

/// <summary>deploy/install.sh on an empty host with a real systemd, from its first run to its last.</summary>
public sealed class InstallTests(TestSandbox sandbox, InstalledHost host) : IClassFixture<InstalledHost>
{
    private const string List = "/cdrs?type=all&limit=5000";

    [Fact]
    public async Task A_named_caller_reaches_the_API_and_nothing_else()
    {
        await host.StartAsync(sandbox);
        using var caller = await host.CallerAsync();

        (await DataAsync(caller)).Should().Be((await sandbox.All.GetAsync(List)).GetProperty("data").GetRawText());
        (await caller.GetAsync("/metrics")).StatusCode.Should().Be(HttpStatusCode.NotFound);
        caller.DefaultRequestHeaders.Remove("X-API-Key");
        (await caller.GetAsync(List)).StatusCode.Should().Be(HttpStatusCode.Unauthorized);
        foreach (var port in new[] { 80, 3001, 3002, 5432, 9090, 9093, 9100, 9115, 9187 })
        {
            (await ReachesAsync(port)).Should().BeFalse("port {0} is not for callers", port);
        }

        (await ReachesAsync(443)).Should().BeTrue();
        (await ReachesAsync(443, HostMachine.Stranger)).Should().BeFalse("it was not named");
    }

    [Fact]
    public async Task Installing_again_touches_nothing()
    {
        await host.StartAsync(sandbox);
        var before = await StateAsync();

        (await host.InstallAsync()).Should().NotContain("wrote ").And.NotContain("installed ").And.NotContain("is ready");
        (await StateAsync()).Should().Be(before);
        (await host.InstallAsync("--dry-run", "--instances", "3001,3002,3003")).Should().Contain("would run: systemctl enable -q cdrapi@3003").And.Contain("Nothing was changed.");
        (await StateAsync()).Should().Be(before);
    }

    [Fact]
    public async Task What_is_missing_is_said_before_anything_is_done()
    {
        await host.StartAsync(sandbox);
        var before = await StateAsync();
        foreach (var (options, complaint) in new[]
        {
            ("--server-name a/b", "--server-name is \"a/b\"; it must be the name of a host"),
            ("--caller everybody", "--caller is \"everybody\"; it must be an address or a network"),
            ("--server-name a.example.com --port 3", "unknown option --port"),
            ("--server-name a.example.com --standby a --primary b", "give one of them"),
            ("--server-name a.example.com --instances x", "--instances is \"x\"; it must be ports"),
            ("--server-name a.example.com --certificate /etc/hostname", "it must be a file with a certificate"),
            ("--server-name a.example.com --program /nowhere", "there is no program in \"/nowhere\""),
        })
        {
            var result = await host.Machine.RunAsync(["/root/cdrapi/deploy/install.sh", .. options.Split(' ', StringSplitOptions.RemoveEmptyEntries)]);
            result.ExitCode.Should().Be(2, result.Output);
            result.Output.Should().Contain(complaint);
        }

        (await StateAsync()).Should().Be(before);
    }

    [Fact]
    public async Task Instances_restart_one_after_the_other_and_no_request_is_lost()
    {
        await host.StartAsync(sandbox);
        using var caller = await host.CallerAsync();
        var truth = await DataAsync(caller);
        using var enough = new CancellationTokenSource();
        var answered = 0;
        var asking = Enumerable.Range(0, 4).Select(_ => Task.Run(async () =>
        {
            while (!enough.IsCancellationRequested)
            {
                (await DataAsync(caller)).Should().Be(truth);
                Interlocked.Increment(ref answered);
            }
        })).ToList();

        var output = await host.Machine.MustAsync("/opt/cdrapi/bin/cdrapi-restart");
        await enough.CancelAsync();
        await Task.WhenAll(asking);

        output.Should().Contain("cdrapi@3001.service is ready").And.Contain("cdrapi@3002.service is ready");
        answered.Should().BePositive();
        foreach (var port in new[] { 3001, 3002 })
        {
            (await host.Machine.MustAsync("systemctl", "show", "-P", "Result", $"cdrapi@{port}")).Trim().Should().Be("success", "a stop is no failure");
        }
    }

    [Fact]
    public async Task A_new_version_takes_over_and_asks_for_no_option_again()
    {
        await host.StartAsync(sandbox);
        using var caller = await host.CallerAsync();
        await host.Machine.MustAsync("sh", "-c", "echo >> /root/cdrapi/program/appsettings.json");

        var output = await host.Machine.MustAsync("sh", "-c", "umask 077; /root/cdrapi/deploy/install.sh");

        output.Should().Contain("installed /opt/cdrapi/releases/").And.Contain("cdrapi@3001.service is ready").And.Contain("cdrapi@3002.service is ready");
        var current = (await host.Machine.MustAsync("readlink", "/opt/cdrapi/current")).Trim();
        foreach (var port in new[] { 3001, 3002 })
        {
            (await host.Machine.MustAsync("sh", "-c", $"readlink /proc/$(systemctl show -P MainPID cdrapi@{port})/exe")).Trim().Should().Be(current + "/CdrApi");
        }

        (await DataAsync(caller)).Should().NotBeEmpty();
    }

    [Fact]
    public async Task Backups_are_made_and_tried_and_Prometheus_sees_them_and_every_target()
    {
        await host.StartAsync(sandbox);

        await host.Machine.MustAsync("systemctl", "start", "cdrapi-backup.service");
        await host.Machine.MustAsync("systemctl", "start", "cdrapi-restore-test.service");

        (await host.Machine.MustAsync("systemctl", "list-timers", "--all")).Should().Contain("cdrapi-backup.timer").And.Contain("cdrapi-restore-test.timer");
        await Eventually.BecomesTrueAsync(async () => await QueryAsync("cdrapi_backup_last_attempt_succeeded + cdrapi_restore_test_last_attempt_succeeded") is ["2"], TimeSpan.FromMinutes(1));
        (await QueryAsync("cdrapi_restore_test_cdrs")).Should().Equal($"{await sandbox.Primary.ScalarAsync<long>("SELECT count(*) FROM cdrs")}");
        // As a caller, who trusts the certificate that was made.
        await host.Machine.MustAsync("sh", "-c", "grep -q cdrs.example.com /etc/hosts || echo '127.0.0.1 cdrs.example.com' >> /etc/hosts");
        await Eventually.BecomesTrueAsync(async () => await QueryAsync("probe_success") is ["1"], TimeSpan.FromMinutes(1));
        await Eventually.BecomesTrueAsync(async () => await QueryAsync("up") is { Length: > 5 } ups && ups.All(up => up == "1"), TimeSpan.FromMinutes(1));
    }

    [Fact]
    public async Task Uninstalling_takes_all_of_it_away_and_installing_brings_it_back_with_its_keys()
    {
        await host.StartAsync(sandbox);

        await host.Machine.MustAsync("/root/cdrapi/deploy/install.sh", "--uninstall");
        try
        {
            // nginx closes its port a moment after it was told to.
            await Eventually.BecomesTrueAsync(async () => !await ReachesAsync(443));
            (await host.Machine.MustAsync("sh", "-c", "ls -d /opt/cdrapi /etc/systemd/system/cdrapi* /etc/nginx/conf.d/cdrapi* /etc/prometheus/cdrapi/*.yml 2>/dev/null; systemctl list-units --state=active 'cdrapi*' --no-legend; nft list tables")).Trim().Should().BeEmpty();
            (await host.Machine.MustAsync("systemctl", "is-active", "nginx", "prometheus")).Trim().Should().Be("active\ninactive");
        }
        finally
        {
            await host.InstallAsync();
        }

        using var caller = await host.CallerAsync();
        (await caller.GetAsync(List)).StatusCode.Should().Be(HttpStatusCode.OK, "the key of before is known");
    }

    private static async Task<string> DataAsync(HttpClient caller)
    {
        using var answer = await caller.GetAsync(List);
        var body = await answer.Content.ReadAsStringAsync();
        answer.StatusCode.Should().Be(HttpStatusCode.OK, body[..Math.Min(300, body.Length)]);
        return JsonDocument.Parse(body).RootElement.GetProperty("data").GetRawText();
    }

    private static async Task<bool> ReachesAsync(int port, string from = HostMachine.Here)
    {
        using var client = new TcpClient(new IPEndPoint(IPAddress.Parse(from), 0));
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(1));
        try
        {
            await client.ConnectAsync(HostMachine.There, port, patience.Token);
            return true;
        }
        catch (Exception e) when (e is SocketException or OperationCanceledException)
        {
            return false;
        }
    }

    /// <summary>All that an installation writes, and which processes run.</summary>
    private Task<string> StateAsync() => host.Machine.MustAsync("sh", "-c", """
        find /etc /opt/cdrapi /var/backups /usr/local -xdev -type f -not -path '*/ssl/*' -newermt '2000-01-01' -printf '%p %T@ %m %u\n' | sort
        systemctl show -P MainPID cdrapi@3001 cdrapi@3002 nginx prometheus
        """);

    private async Task<string[]> QueryAsync(string query)
    {
        var answer = await host.Machine.MustAsync("curl", "-s", "-G", "--data-urlencode", "query=" + query, "http://127.0.0.1:9090/api/v1/query");
        return [.. JsonDocument.Parse(answer).RootElement.GetProperty("data").GetProperty("result").EnumerateArray().Select(r => r.GetProperty("value")[1].GetString()!)];
    }
}
