using System.Net;
using System.Text.Json;
using CdrSandbox;

namespace CdrApi.Tests.Database;

/// <summary>A table that changes while the service reads it: each answer is right, or an honest problem.</summary>
public sealed class AlteredSourceTests(TestSandbox sandbox)
{
    private static readonly string[] Paths =
        ["/cdrs?limit=3", "/cdrs?limit=3&fields=all&type=all", "/cdrs?limit=3&result=0", "/cdrs/stats?group_by=result", "/cdrs?limit=3&include_count=true"];

    [Theory]
    [InlineData("ALTER TABLE altered.cdrs ALTER remote_ip TYPE varchar(45)")]
    [InlineData("ALTER TABLE altered.cdrs ALTER cld_in TYPE text")]
    [InlineData("ALTER TABLE altered.cdrs ALTER i_account TYPE int")]
    [InlineData("ALTER TABLE altered.cdrs ADD COLUMN another int; ALTER TABLE altered.cdrs DROP COLUMN another")]
    public async Task A_harmless_change_is_noticed_by_nobody(string change)
    {
        await using var source = await OwnSource.CreateAsync(sandbox);
        await using var api = await source.StartApiAsync();
        var caller = new ApiCaller(api.Url, sandbox.Sandbox.ApiKey);
        // Each connection of the pool has prepared each statement.
        await AskAllAsync();
        await AskAllAsync();
        var expected = await caller.GetRowsAsync("/cdrs?type=all&limit=30000");
        using var response = await new ApiCaller(api.Url, sandbox.Sandbox.ApiKey, smallReceiveBuffer: true)
            .SendAsync("/cdrs?type=all&limit=30000", streamed: true);
        await using var body = await response.Content.ReadAsStreamAsync();
        var beginning = new byte[1000];
        await body.ReadExactlyAsync(beginning);

        await source.RunEverywhereAsync(change);

        await AskAllAsync();
        using var rest = new StreamReader(body);
        using var whole = JsonDocument.Parse(System.Text.Encoding.UTF8.GetString(beginning) + await rest.ReadToEndAsync());
        whole.RootElement.GetProperty("data").EnumerateArray().Select(Rows.ToText).Should().Equal(expected);
        (await caller.GetRowsAsync("/cdrs?type=all&limit=30000")).Should().Equal(expected);

        async Task AskAllAsync()
        {
            foreach (var path in Paths)
            {
                await Task.WhenAll(Enumerable.Range(0, 15).Select(_ => caller.GetAsync(path)));
            }
        }
    }

    [Theory]
    [InlineData("ALTER TABLE altered.cdrs ALTER cost TYPE numeric", "ALTER TABLE altered.cdrs ALTER cost TYPE double precision")]
    [InlineData("ALTER TABLE altered.cdrs ALTER connect_time TYPE timestamp", "ALTER TABLE altered.cdrs ALTER connect_time TYPE timestamptz")]
    public async Task A_column_of_another_type_is_read_as_what_it_is_now(string there, string back)
    {
        await using var source = await OwnSource.CreateAsync(sandbox);
        await using var api = await source.StartApiAsync();
        var caller = new ApiCaller(api.Url, sandbox.Sandbox.ApiKey);
        foreach (var change in new[] { there, back })
        {
            await source.RunEverywhereAsync(change);
            var expected = await Costs();
            await Eventually.BecomesTrueAsync(async () =>
            {
                using var response = await caller.SendAsync("/cdrs?type=all&limit=50&fields=i_cdr,cost");
                var answer = JsonDocument.Parse(await response.Content.ReadAsStringAsync()).RootElement;
                if (response.StatusCode == HttpStatusCode.ServiceUnavailable)
                {
                    answer.GetProperty("type").GetString().Should().Be("/problems/no-source");
                    return false;
                }

                response.StatusCode.Should().Be(HttpStatusCode.OK);
                answer.GetProperty("data").EnumerateArray().Select(r => r.GetProperty("cost").GetRawText()).Should().Equal(expected);
                return true;
            }, TimeSpan.FromSeconds(10));
        }

        async Task<string[]> Costs() => (await sandbox.Replica.ScalarAsync<string[]>(
            "SELECT array_agg(coalesce(cost::numeric::text, 'null') ORDER BY n) FROM (SELECT cost, row_number() OVER (ORDER BY connect_time DESC, i_cdr DESC) AS n "
            + "FROM altered.cdrs ORDER BY connect_time DESC, i_cdr DESC LIMIT 50) c"))!;
    }

    [Theory]
    [InlineData("REVOKE SELECT ON altered.cdrs FROM cdr_reader", "GRANT SELECT ON altered.cdrs TO cdr_reader", "may not read altered.cdrs")]
    [InlineData("ALTER TABLE altered.cdrs RENAME TO gone", "ALTER TABLE altered.gone RENAME TO cdrs", "There is no relation altered.cdrs")]
    [InlineData("ALTER TABLE altered.cdrs RENAME COLUMN cost TO price", "ALTER TABLE altered.cdrs RENAME COLUMN price TO cost", "altered.cdrs has no column cost")]
    [InlineData("ALTER TABLE altered.cdrs ENABLE ROW LEVEL SECURITY", "ALTER TABLE altered.cdrs DISABLE ROW LEVEL SECURITY", "has row-level security")]
    [InlineData("ALTER TABLE altered.cdrs SET UNLOGGED", "ALTER TABLE altered.cdrs SET LOGGED", "cannot be read on this standby")]
    public async Task While_lists_fail_health_fails_and_both_are_mended_with_the_table(string breaks, string mends, string complaint)
    {
        await using var source = await OwnSource.CreateAsync(sandbox);
        await using var api = await source.StartApiAsync();
        var caller = new ApiCaller(api.Url, sandbox.Sandbox.ApiKey);
        await caller.GetAsync("/cdrs?limit=1");

        await source.RunEverywhereAsync(breaks);

        foreach (var path in new[] { "/cdrs?limit=1", "/cdrs/1", "/cdrs/stats?sort=-cost&group_by=result" })
        {
            (await caller.GetAsync(path, HttpStatusCode.ServiceUnavailable)).GetProperty("type").GetString().Should().Be("/problems/no-source");
        }

        await Eventually.BecomesTrueAsync(async () => await HealthAsync(api) == "fail", TimeSpan.FromSeconds(8));
        (await new ApiCaller(api.Url, null).SendAsync("/health/ready")).StatusCode.Should().Be(HttpStatusCode.ServiceUnavailable);
        api.ReadLog().Should().Contain(complaint);

        await source.RunEverywhereAsync(mends);

        await Eventually.BecomesTrueAsync(async () => await HealthAsync(api) == "pass", TimeSpan.FromSeconds(8));
        // Each connection of the pool, also those that have met the failure.
        await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => caller.GetAsync("/cdrs?limit=1")));
        (await caller.GetAsync("/cdrs?limit=1")).GetProperty("count").GetInt32().Should().Be(1);
    }

    [Fact]
    public async Task Without_a_column_that_few_ask_for_health_warns_and_other_lists_go_on()
    {
        await using var source = await OwnSource.CreateAsync(sandbox);
        await using var api = await source.StartApiAsync();
        var caller = new ApiCaller(api.Url, sandbox.Sandbox.ApiKey);

        await source.RunEverywhereAsync("ALTER TABLE altered.cdrs DROP COLUMN area_name");

        await Eventually.BecomesTrueAsync(async () => await HealthAsync(api) == "warn", TimeSpan.FromSeconds(8));
        await caller.GetAsync("/cdrs?limit=1");
        await caller.GetAsync("/cdrs/stats");
        (await caller.GetAsync("/cdrs?limit=1&fields=all", HttpStatusCode.ServiceUnavailable)).GetProperty("type").GetString().Should().Be("/problems/no-source");
        api.ReadLog().Should().Contain("altered.cdrs has no column area_name");
        await new ApiCaller(api.Url, null).GetAsync("/health/ready");
    }

    [Fact]
    public async Task A_right_that_a_reader_should_not_have_is_a_warning_while_it_serves()
    {
        await using var source = await OwnSource.CreateAsync(sandbox);
        await using var api = await source.StartApiAsync();

        await source.RunEverywhereAsync("GRANT UPDATE ON altered.cdrs TO cdr_reader");

        await Eventually.BecomesTrueAsync(async () => await HealthAsync(api) == "warn", TimeSpan.FromSeconds(8));
        api.ReadLog().Should().Contain("may write to altered.cdrs");
        await new ApiCaller(api.Url, null).GetAsync("/health/ready");
        await new ApiCaller(api.Url, sandbox.Sandbox.ApiKey).GetAsync("/cdrs?limit=1");
    }

    [Fact]
    public async Task What_serves_with_a_warning_goes_on_when_the_monitor_is_cut_off_for_a_moment()
    {
        await using var source = await OwnSource.CreateAsync(sandbox);
        await using var api = await source.StartApiAsync();
        var caller = new ApiCaller(api.Url, sandbox.Sandbox.ApiKey);
        await source.RunEverywhereAsync("ALTER TABLE altered.cdrs RENAME COLUMN user_agent TO agent");
        await Eventually.BecomesTrueAsync(async () => await HealthAsync(api) == "warn", TimeSpan.FromSeconds(8));

        (await sandbox.Replica.ScalarAsync<long>("SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name = 'CdrApi monitor'"))
            .Should().BePositive();

        await Eventually.BecomesTrueAsync(() => Task.FromResult(api.ReadLog().Contains("to Unreachable", StringComparison.Ordinal)
            || api.ReadLog().Contains("to \\\"Unreachable", StringComparison.Ordinal)), TimeSpan.FromSeconds(10));
        await Eventually.BecomesTrueAsync(async () => await HealthAsync(api) == "warn", TimeSpan.FromSeconds(8));
        await caller.GetAsync("/cdrs?limit=1");
        await sandbox.RecoverAsync();
    }

    [Fact]
    public async Task A_table_that_stays_locked_is_told()
    {
        await using var source = await OwnSource.CreateAsync(sandbox);
        await using var api = await source.StartApiAsync();
        await using var holder = await sandbox.Primary.OpenConnectionAsync();
        await using (var hold = new Npgsql.NpgsqlCommand($"BEGIN; LOCK TABLE {OwnSource.Cdrs} IN ACCESS EXCLUSIVE MODE", holder))
        {
            await hold.ExecuteNonQueryAsync();
        }

        await sandbox.Primary.CreateCommand("CREATE TABLE lock_probe (); DROP TABLE lock_probe").ExecuteNonQueryAsync();

        await Eventually.BecomesTrueAsync(async () => await HealthAsync(api) == "warn", TimeSpan.FromSeconds(30));
        api.ReadLog().Should().Contain("altered.cdrs is locked");

        await using (var release = new Npgsql.NpgsqlCommand("ROLLBACK", holder))
        {
            await release.ExecuteNonQueryAsync();
        }

        await Eventually.BecomesTrueAsync(async () => await HealthAsync(api) == "pass", TimeSpan.FromSeconds(8));
    }

    [Fact]
    public async Task Policies_on_a_table_beside_the_CDRs_end_the_start()
    {
        await using var source = await OwnSource.CreateAsync(sandbox);
        await source.RunAsync("CREATE TABLE altered.accounts AS SELECT * FROM accounts");
        await source.RunAsync("GRANT SELECT ON altered.accounts TO cdr_reader");
        await source.RunEverywhereAsync("ALTER TABLE altered.accounts ENABLE ROW LEVEL SECURITY");

        var starting = () => source.StartApiAsync(new() { ["Source__Accounts"] = "altered.accounts" });

        (await starting.Should().ThrowAsync<SandboxException>()).Which.Message.Should().Contain("exit code 1").And.Contain("row-level security");
    }

    [Theory]
    [InlineData("CREATE UNLOGGED TABLE altered.unread AS SELECT * FROM altered.cdrs LIMIT 10", "altered.unread cannot be read on this standby")]
    [InlineData("CREATE MATERIALIZED VIEW altered.unread AS SELECT * FROM altered.cdrs WITH NO DATA", "altered.unread cannot be read on this standby")]
    [InlineData("CREATE FUNCTION altered.guarded() RETURNS bool LANGUAGE sql AS 'SELECT true'; REVOKE ALL ON FUNCTION altered.guarded() FROM public; "
        + "CREATE VIEW altered.unread AS SELECT * FROM altered.cdrs WHERE altered.guarded()", "altered.unread cannot be read on this standby")]
    public async Task A_source_that_exists_and_can_never_be_read_ends_the_start(string made, string complaint)
    {
        await using var source = await OwnSource.CreateAsync(sandbox);
        await source.RunAsync(made);
        await source.RunEverywhereAsync("GRANT SELECT ON altered.unread TO cdr_reader");

        var starting = () => source.StartApiAsync(relation: "altered.unread");

        (await starting.Should().ThrowAsync<SandboxException>()).Which.Message.Should().Contain("exit code 1").And.Contain(complaint).And.NotContain("   at ");
    }

    [Fact]
    public async Task Ids_that_are_not_unique_are_told_at_the_start()
    {
        await using var source = await OwnSource.CreateAsync(sandbox);
        await source.RunAsync("CREATE VIEW altered.twice AS SELECT * FROM altered.cdrs UNION ALL SELECT * FROM altered.cdrs WHERE i_cdr % 1000 = 0");
        await source.RunEverywhereAsync("GRANT SELECT ON altered.twice TO cdr_reader");
        var twice = await sandbox.Replica.ScalarAsync<long>("SELECT count(*) FROM altered.cdrs WHERE i_cdr % 1000 = 0");
        await using var api = await source.StartApiAsync(relation: "altered.twice");

        await Eventually.BecomesTrueAsync(async () => await HealthAsync(api) == "warn");

        var check = (await new ApiCaller(api.Url, null).GetAsync("/health")).GetProperty("checks").GetProperty("source");
        check.GetProperty("observed_value").GetInt64().Should().Be(twice);
        api.ReadLog().Should().Contain($"{twice} have an");
        (await HealthAsync(sandbox.Api)).Should().Be("pass", "in cdrs they are unique");
    }

    [Fact]
    public async Task A_column_with_a_point_in_its_name_is_read()
    {
        await using var source = await OwnSource.CreateAsync(sandbox);
        await source.RunEverywhereAsync("ALTER TABLE altered.cdrs RENAME COLUMN cost TO \"price.of.call\"");
        await using var api = await source.StartApiAsync(new() { ["Source__Columns__cost"] = "price.of.call" });

        var answer = await new ApiCaller(api.Url, sandbox.Sandbox.ApiKey).GetAsync("/cdrs?limit=20&fields=cost&min_cost=0.0001");

        answer.GetProperty("data").EnumerateArray().Should().OnlyContain(r => r.GetProperty("cost").GetDouble() > 0);
        (await new ApiCaller(api.Url, sandbox.Sandbox.ApiKey).GetAsync("/cdrs/stats")).GetProperty("totals").GetProperty("cost").GetDecimal().Should().BePositive();
    }

    private static async Task<string?> HealthAsync(ApiProcess api)
    {
        using var response = await new ApiCaller(api.Url, null).SendAsync("/health");
        return JsonDocument.Parse(await response.Content.ReadAsStringAsync()).RootElement.GetProperty("status").GetString();
    }
}
