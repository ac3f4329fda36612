using System.Text.Json;
using System.Text.RegularExpressions;

namespace CdrApi.Tests.Deploy;

/// <summary>
/// The dashboards of deploy/grafana and the rules of deploy/prometheus, on a real Prometheus with real exporters: a figure that nobody
/// exports is an empty panel, or an alert that never fires.
/// </summary>
public sealed partial class DashboardTests(TestSandbox sandbox, MonitoredSandbox monitored) : IClassFixture<MonitoredSandbox>
{
    // Nothing to show while all is well.
    private static readonly string[] RightlyEmpty = ["5xx by route", "Asked again"];

    // Where no systemd runs.
    private static readonly string[] NotHere = ["node_systemd_unit_state"];

    public static TheoryData<string> Dashboards => ["api.json", "postgresql.json"];

    [Theory]
    [MemberData(nameof(Dashboards))]
    public void A_dashboard_is_well_formed(string file)
    {
        using var dashboard = Read(file);
        var all = dashboard.RootElement.GetProperty("panels").EnumerateArray().ToList();
        var panels = all.Where(p => p.GetProperty("type").GetString() != "row").ToList();

        all.Select(p => p.GetProperty("id").GetInt32()).Should().OnlyHaveUniqueItems();
        all.SelectMany(CellsOf).Should().OnlyHaveUniqueItems("panels do not overlap").And.OnlyContain(c => c.X < 24);
        panels.Select(TitleOf).Should().OnlyHaveUniqueItems();
        panels.Should().AllSatisfy(panel =>
        {
            panel.GetProperty("description").GetString().Should().NotBeNullOrWhiteSpace(TitleOf(panel));
            panel.GetProperty("fieldConfig").GetProperty("defaults").GetProperty("unit").GetString().Should().NotBeNullOrEmpty(TitleOf(panel));
            panel.GetProperty("targets").EnumerateArray().Select(t => t.GetProperty("refId").GetString()).Should().OnlyHaveUniqueItems();
        });
        Datasource().Matches(dashboard.RootElement.GetRawText()).Select(m => m.Groups[1].Value).Distinct().Should().Equal("${datasource}");
        dashboard.RootElement.GetProperty("annotations").GetProperty("list")[0].GetProperty("expr").GetString().Should().StartWith("ALERTS{");
    }

    [Theory]
    [MemberData(nameof(Dashboards))]
    public async Task Each_panel_shows_what_a_real_Prometheus_has(string file)
    {
        await monitored.StartAsync(sandbox);
        using var dashboard = Read(file);

        await NothingIsLeftOfAsync(async () =>
        {
            var empty = new List<string>();
            foreach (var panel in dashboard.RootElement.GetProperty("panels").EnumerateArray().Where(p => p.TryGetProperty("targets", out _)))
            {
                foreach (var target in panel.GetProperty("targets").EnumerateArray())
                {
                    var expression = WithoutVariables(target.GetProperty("expr").GetString()!);
                    if ((await monitored.Prometheus.QueryAsync(expression)).Count == 0 && !RightlyEmpty.Contains(TitleOf(panel)))
                    {
                        empty.Add($"{TitleOf(panel)}: {expression}");
                    }
                }
            }

            return empty;
        });
    }

    [Fact]
    public async Task Each_rule_can_be_evaluated_and_each_figure_that_it_reads_is_there()
    {
        await monitored.StartAsync(sandbox);

        await NothingIsLeftOfAsync(async () =>
        {
            var rules = await monitored.Prometheus.RulesAsync();
            rules.Should().HaveCountGreaterThan(40);
            var missing = rules.Where(r => r.GetProperty("health").GetString() != "ok").Select(r => r.GetRawText()).ToList();
            foreach (var figure in rules.SelectMany(r => FiguresOf(r.GetProperty("query").GetString()!)).Distinct().Except(NotHere))
            {
                if ((await monitored.Prometheus.QueryAsync($"count({figure})")).Count == 0)
                {
                    missing.Add(figure);
                }
            }

            return missing;
        });
    }

    [Fact]
    public async Task While_all_is_well_no_alert_is_active_but_the_watchdog_which_arrives()
    {
        await monitored.StartAsync(sandbox);
        await Eventually.BecomesTrueAsync(async () => (await monitored.Prometheus.AlertmanagerAsync()).Contains("CdrWatchdog"));

        await NothingIsLeftOfAsync(async () =>
            [.. (await monitored.Prometheus.AlertsAsync()).Where(alert => alert != "CdrWatchdog" && !OfTheMachine().IsMatch(alert))]);
    }

    [Fact]
    public async Task A_fault_of_the_standby_reaches_its_alerts_and_so_does_its_end()
    {
        await monitored.StartAsync(sandbox);
        // The one from the API's figures, the other from the exporter's.
        const string Stopped = "CdrReplicationStopped";
        const string Paused = "CdrReplayPaused";
        var source = await sandbox.Replica.ScalarAsync<string>("SHOW primary_conninfo");
        try
        {
            await ConfigureAsync("ALTER SYSTEM SET primary_conninfo TO ''");
            await Eventually.BecomesTrueAsync(async () => (await monitored.Prometheus.AlertsAsync()).Contains(Stopped));
            await ConfigureAsync("SELECT pg_wal_replay_pause()");
            await Eventually.BecomesTrueAsync(async () => (await monitored.Prometheus.AlertsAsync()).Contains(Paused));
        }
        finally
        {
            await ConfigureAsync("SELECT pg_wal_replay_resume()", $"ALTER SYSTEM SET primary_conninfo TO '{source!.Replace("'", "''", StringComparison.Ordinal)}'");
        }

        await sandbox.RecoverAsync();
        await NothingIsLeftOfAsync(async () => [.. (await monitored.Prometheus.AlertsAsync()).Intersect([Stopped, Paused])]);
    }

    private async Task ConfigureAsync(params string[] statements)
    {
        foreach (var statement in statements.Append("SELECT pg_reload_conf()"))
        {
            await sandbox.Replica.CreateCommand(statement).ExecuteNonQueryAsync();
        }
    }

    /// <summary>Waits, and says in the end what is left.</summary>
    private static async Task NothingIsLeftOfAsync(Func<Task<List<string>>> faults)
    {
        List<string> left = [];
        try
        {
            await Eventually.BecomesTrueAsync(async () => (left = await faults()).Count == 0);
        }
        catch (Exception) when (left.Count > 0)
        {
            left.Should().BeEmpty();
            throw;
        }
    }

    private static JsonDocument Read(string file) => JsonDocument.Parse(File.ReadAllText(Path.Combine(PrometheusServer.Deploy, "grafana/dashboards", file)));

    private static string TitleOf(JsonElement panel) => panel.GetProperty("title").GetString()!;

    private static IEnumerable<(int X, int Y)> CellsOf(JsonElement panel)
    {
        var (x, y, w, h) = (Of("x"), Of("y"), Of("w"), Of("h"));
        return Enumerable.Range(x, w).SelectMany(_ => Enumerable.Range(y, h), (column, row) => (column, row));
        int Of(string name) => panel.GetProperty("gridPos").GetProperty(name).GetInt32();
    }

    private static string WithoutVariables(string expression) => expression
        .Replace("$__rate_interval", "15s", StringComparison.Ordinal).Replace("$instance", ".+", StringComparison.Ordinal).Replace("$server", ".+", StringComparison.Ordinal);

    /// <summary>The names in an expression that are neither labels nor functions nor words of the language.</summary>
    private static IEnumerable<string> FiguresOf(string expression) =>
        Figure().Matches(NoFigure().Replace(expression, " ")).Select(m => m.Value);

    // How full its disk is, whether its clock has a source; and the tests' certificate is for two days.
    [GeneratedRegex("^Cdr(?:Disk.*|InodesLow|MemoryLow|UnitFailed|ClockUnsynchronized|CertificateExpires.*)$")]
    private static partial Regex OfTheMachine();

    [GeneratedRegex("""
        "uid":\s*"([^"]*)"(?=\s*\})
        """)]
    private static partial Regex Datasource();

    [GeneratedRegex("""\{[^}]*\}|"[^"]*"|\[[^\]]*\]|\b(?:by|on|ignoring|without|group_left|group_right)\s*\([^)]*\)|\b(?:and|or|unless|bool)\b""")]
    private static partial Regex NoFigure();

    [GeneratedRegex(@"\b[a-z][a-z0-9_:]*\b(?!\s*\()")]
    private static partial Regex Figure();
}
