using System.Net.Http.Json;
using System.Text.Json;
using System.Text.RegularExpressions;
using CdrSandbox;

namespace CdrApi.Tests.Deploy;

/// <summary>The alerts of deploy/prometheus, and their unit tests, which promtool runs.</summary>
public sealed partial class AlertTests
{
    private const string Prometheus = "prometheus";

    private static readonly string Home = Path.Combine(PrometheusServer.Deploy, "prometheus");

    private static readonly Dictionary<string, string> Alerts = Directory.EnumerateFiles(Path.Combine(Home, "rules"))
        .SelectMany(file => Alert().Matches(File.ReadAllText(file))).ToDictionary(a => a.Groups[1].Value, a => a.Groups[2].Value);

    [Fact]
    public void Each_alert_fires_in_one_test_and_stays_silent_in_another()
    {
        var cases = Directory.EnumerateFiles(Path.Combine(Home, "tests")).SelectMany(file => Case().Matches(File.ReadAllText(file))).ToList();

        Alerts.Should().HaveCountGreaterThan(40);
        cases.Where(c => c.Groups[2].Value == " []").Select(c => c.Groups[1].Value).Distinct().Should().BeEquivalentTo(Alerts.Keys, "each has a case in which it is silent");
        cases.Where(c => c.Groups[2].Value != " []").Select(c => c.Groups[1].Value).Distinct().Should().BeEquivalentTo(Alerts.Keys, "each has a case in which it fires");
    }

    [Fact]
    public async Task Alerts_fire_when_they_should_and_only_then()
    {
        var tests = Directory.EnumerateFiles(Path.Combine(Home, "tests")).Select(file => ToolProcess.FailureOfAsync("promtool", Prometheus, "test", "rules", file)).ToList();

        tests.Should().NotBeEmpty();
        (await Task.WhenAll(tests)).Should().AllSatisfy(failure => failure.Should().BeNull());
    }

    [Fact]
    public async Task Promtool_takes_the_rules_and_the_configuration()
    {
        (await ToolProcess.FailureOfAsync("promtool", Prometheus, ["check", "rules", .. Directory.EnumerateFiles(Path.Combine(Home, "rules"))])).Should().BeNull();
        (await ToolProcess.FailureOfAsync("promtool", Prometheus, "check", "config", Path.Combine(Home, "prometheus.yml"))).Should().BeNull();
    }

    [Fact]
    public void Each_alert_says_how_bad_it_is_what_is_wrong_how_much_and_what_to_do() => Alerts.Should().AllSatisfy(alert =>
    {
        alert.Key.Should().StartWith("Cdr");
        alert.Value.Should().MatchRegex("severity: (critical|warning|none)\n").And.MatchRegex("summary: .+\n").And.MatchRegex("""description: ".*\$value.*"\n""")
            .And.MatchRegex("runbook: docs/operations.md#alerts-(api|replication|host|backup|monitoring)\n");
    });

    [Fact]
    public void The_runbook_has_each_alert_where_it_says()
    {
        var page = File.ReadAllText(Path.Combine(PrometheusServer.Deploy, "../docs/operations.md"));
        var sections = Heading().Matches(page).ToDictionary(h => h.Groups[1].Value.ToLowerInvariant().Replace(":", "", StringComparison.Ordinal).Replace(' ', '-'), h => h.Groups[2].Value);

        Alerts.Should().AllSatisfy(alert =>
        {
            var anchor = Runbook().Match(alert.Value).Groups[1].Value;
            sections.Should().ContainKey(anchor).WhoseValue.Should().Contain($"`{alert.Key}`");
        });
    }

    [Fact]
    public async Task Alertmanager_takes_its_configuration_and_hides_nothing_that_is_not_there()
    {
        var file = Path.Combine(Home, "alertmanager.yml");

        (await ToolProcess.FailureOfAsync("amtool", "prometheus-alertmanager", "check-config", file)).Should().BeNull();
        var named = Name().Matches(await File.ReadAllTextAsync(file)).Select(m => m.Value).Distinct().ToList();
        named.Should().HaveCountGreaterThan(10).And.BeSubsetOf(Alerts.Keys);
    }

    [Fact]
    public async Task A_cause_hides_what_follows_from_it_and_nothing_else()
    {
        var (port, directory) = (FreePort.Next(), Directory.CreateTempSubdirectory("cdr-api-alertmanager-").FullName);
        string[] arguments = [$"--config.file={Path.Combine(Home, "alertmanager.yml")}", $"--storage.path={directory}", $"--web.listen-address=127.0.0.1:{port}", "--cluster.listen-address="];
        await using (await ToolProcess.StartAsync("prometheus-alertmanager", "prometheus-alertmanager", arguments, port, Path.Combine(directory, "log")))
        {
            using var http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}") };
            using var taken = await http.PostAsJsonAsync("/api/v2/alerts", new[]
            {
                Active("CdrReplicationStopped", "replica", "a"), Active("CdrReplicationLagHigh", "replica", "a"), Active("CdrReplicationLagHigh", "replica", "b"),
                Active("CdrErrorRateHigh", "job", "cdrapi"), Active("CdrErrorsPersist", "job", "cdrapi"),
                Active("CdrNoStandbyInRotation", "job", "cdrapi"), Active("CdrUnreachable", "instance", "https://cdrs.example.com"), Active("CdrBackupOld", "instance", "c"),
            });
            taken.EnsureSuccessStatusCode();

            await Eventually.BecomesTrueAsync(async () =>
            {
                var alerts = (await http.GetFromJsonAsync<JsonElement>("/api/v2/alerts")).EnumerateArray();
                var shown = alerts.Where(a => a.GetProperty("status").GetProperty("state").GetString() == "active").Select(a => a.GetProperty("labels"));
                return shown.Select(l => l.GetProperty("alertname").GetString() + (l.TryGetProperty("replica", out var replica) ? " " + replica : "")).Order()
                    .SequenceEqual(["CdrBackupOld", "CdrNoStandbyInRotation", "CdrReplicationLagHigh b", "CdrReplicationStopped a"]);
            });
        }

        Directory.Delete(directory, recursive: true);
    }

    [Theory]
    [InlineData("heartbeat", "alertname=CdrWatchdog", "severity=none")]
    [InlineData("operators", "alertname=CdrApiDown", "severity=critical")]
    [InlineData("operators", "alertname=CdrBackupFailed", "severity=warning")]
    public async Task An_alert_goes_to_whom_it_concerns(string receiver, params string[] labels) => (await ToolProcess.FailureOfAsync("amtool", "prometheus-alertmanager",
        ["config", "routes", "test", $"--config.file={Path.Combine(Home, "alertmanager.yml")}", $"--verify.receivers={receiver}", .. labels])).Should().BeNull();

    private static object Active(string alert, string label, string value) => new { labels = new Dictionary<string, string> { ["alertname"] = alert, [label] = value } };

    [GeneratedRegex(@"- alert: (\w+)\n((?:(?! +- (?:alert|record):| +- name:).*\n?)*)")]
    private static partial Regex Alert();

    // In one line where nothing is expected, else a list.
    [GeneratedRegex(@"alertname: (\w+)(?:, eval_time: \w+, |\n +eval_time: \w+\n +)exp_alerts:( \[\])?")]
    private static partial Regex Case();

    [GeneratedRegex(@"^#+ (Alerts: .+)\n((?:(?!#).*\n?)*)", RegexOptions.Multiline)]
    private static partial Regex Heading();

    [GeneratedRegex("runbook: docs/operations.md#(.+)")]
    private static partial Regex Runbook();

    [GeneratedRegex(@"\bCdr[A-Z]\w+")]
    private static partial Regex Name();
}
