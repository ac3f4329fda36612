using System.Globalization;
using System.Net;
using System.Numerics;
using System.Text.Json;

namespace CdrApi.Tests.Statistics;

public sealed class StatisticsTests(TestSandbox sandbox)
{
    [Theory]
    [InlineData("", "UTC", "", "true")]
    [InlineData("", "UTC", "type=non_zero_and_errors", "c.duration > 0 OR c.result <> 0")]
    [InlineData("", "UTC", "type=all", "true")]
    [InlineData("hour", "UTC", "type=all", "true")]
    [InlineData("day", "UTC", "type=all", "true")]
    [InlineData("month", "UTC", "type=all", "true")]
    [InlineData("hour", "Asia/Kathmandu", "type=all", "true")]
    [InlineData("day", "America/St_Johns", "type=all", "true")]
    [InlineData("day", "Europe/Paris", "type=all", "true")]
    [InlineData("month", "Australia/Lord_Howe", "type=all", "true")]
    [InlineData("i_account", "UTC", "type=all", "true")]
    [InlineData("country", "UTC", "type=all", "true")]
    [InlineData("prefix", "UTC", "type=all", "true")]
    [InlineData("description", "UTC", "type=all", "true")]
    [InlineData("result", "UTC", "type=all", "true")]
    [InlineData("result_category", "UTC", "type=all", "true")]
    [InlineData("day,country", "Europe/Paris", "type=all", "true")]
    [InlineData("country,day", "Asia/Kolkata", "type=non_zero_and_errors", "c.duration > 0 OR c.result <> 0")]
    [InlineData("hour,result", "America/New_York", "type=errors", "c.result <> 0 AND c.duration = 0")]
    [InlineData("country,result_category,i_account", "UTC", "type=all", "true")]
    [InlineData("description,month,prefix", "Europe/Paris", "type=non_zero", "c.duration > 0")]
    [InlineData("day", "UTC", "type=all&min_cost=0.01&cli=33*", "c.cost::numeric >= 0.01 AND c.cli_in LIKE '33%'")]
    [InlineData("result", "UTC", "type=all&country=FRANCE,GERMANY&cld_translated=*1*",
        "n.name IN ('FRANCE', 'GERMANY') AND EXISTS (SELECT FROM calls k WHERE k.i_call = c.i_call AND k.cld LIKE '%1%')")]
    [InlineData("country,result", "UTC", "start_date=1999-01-01&end_date=1999-01-02", "false")]
    public async Task Groups_and_totals_are_what_SQL_says(string groupBy, string zone, string filter, string where)
    {
        var answer = await sandbox.All.GetAsync(
            $"/cdrs/stats?tz={zone}&limit=100000{(groupBy.Length == 0 ? "" : $"&group_by={groupBy}")}{(filter.Length == 0 ? "" : "&" + filter)}");

        answer.GetProperty("totals").EnumerateObject().Should().NotBeEmpty();
        StatisticsSqlTruth.ToText(answer.GetProperty("totals")).Should()
            .Be((await StatisticsSqlTruth.RowsAsync(sandbox.Replica, where, "", zone)).Single());
        var rows = answer.GetProperty("data").EnumerateArray().Select(StatisticsSqlTruth.ToText).ToList();
        rows.Should().Equal(groupBy.Length == 0 ? [] : await StatisticsSqlTruth.RowsAsync(sandbox.Replica, where, groupBy, zone));
        answer.GetProperty("count").GetInt32().Should().Be(rows.Count);
        answer.GetProperty("groups").GetInt64().Should().Be(rows.Count);
    }

    [Theory]
    [InlineData("type=all")]
    [InlineData("type=non_zero&prefix=336,331,44")]
    public async Task Sums_equal_the_sum_of_the_list_to_the_last_digit(string filter)
    {
        var list = await sandbox.All.GetAsync($"/cdrs?{filter}&limit=1000000&fields=cost,duration,billed_duration");
        var totals = (await sandbox.All.GetAsync($"/cdrs/stats?{filter}")).GetProperty("totals");

        list.GetProperty("count").GetInt64().Should().Be(totals.GetProperty("calls").GetInt64()).And.BePositive();
        foreach (var name in new[] { "cost", "duration", "billed_duration" })
        {
            var sum = list.GetProperty("data").EnumerateArray().Select(row => row.GetProperty(name))
                .Where(v => v.ValueKind == JsonValueKind.Number).Select(v => Exact(v.GetRawText())).Aggregate(BigInteger.Add);
            Exact(totals.GetProperty(name).GetRawText()).Should().Be(sum, name);
        }
    }

    [Fact]
    public async Task Any_double_is_summed_as_the_decimal_that_a_list_writes()
    {
        const long Account = 424_300;
        try
        {
            // Neighbours of halves and decades, where 15 digits are rounded one way or the other.
            await InsertAsync(
                $"""
                SELECT 999300000000 + row_number() OVER (), 1, {Account}, 0, x, abs(x), '2026-01-05Z'
                FROM (SELECT d::float8 * (1 + n * 2.220446049250313e-16) AS x
                  FROM unnest(ARRAY[0.0001, 0.001, 0.01, 0.1, 1, 10, 100, 1000, 10000, 0.00015, 0.123456789012345, 0.1234567890123455, 999.9999999999995, 2.5e-7, 1e-12, 98765432.1, 1e15, 1e17]) d,
                    generate_series(-9, 9) n
                  UNION ALL SELECT -0.5 UNION ALL SELECT 0 UNION ALL SELECT NULL UNION ALL SELECT 'NaN' UNION ALL SELECT 'Infinity') v
                """, "cost, duration");

            var where = $"c.i_account = {Account}";
            var answer = await sandbox.All.GetAsync($"/accounts/{Account}/cdrs/stats?type=all&group_by=day");
            var list = await sandbox.All.GetAsync($"/accounts/{Account}/cdrs?type=all&fields=cost&limit=1000");
            var sum = list.GetProperty("data").EnumerateArray().Select(row => row.GetProperty("cost"))
                .Where(v => v.ValueKind == JsonValueKind.Number).Select(v => Exact(v.GetRawText())).Aggregate(BigInteger.Add);

            Exact(answer.GetProperty("totals").GetProperty("cost").GetRawText()).Should().Be(sum);
            Exact(answer.GetProperty("totals").GetProperty("cost").GetRawText()).Should().Be(Exact(await sandbox.Replica.ScalarAsync<string>(
                $"SELECT sum(cost::numeric)::text FROM cdrs WHERE i_account = {Account} AND cost NOT IN ('NaN', 'Infinity')")));
            answer.GetProperty("data")[0].GetProperty("duration").GetRawText().Should().Be(await sandbox.Replica.ScalarAsync<string>(
                $"SELECT trim_scale(sum(c.duration::numeric))::text FROM cdrs c WHERE {where} AND c.duration NOT IN ('NaN', 'Infinity')"));
        }
        finally
        {
            await RemoveAsync(Account);
        }
    }

    [Theory]
    [InlineData("Europe/Paris", "2025-03-30", "2025-03-30T00:00:00+01:00", 23)]
    [InlineData("Europe/Paris", "2025-10-26", "2025-10-26T00:00:00+02:00", 25)]
    [InlineData("America/New_York", "2025-03-09", "2025-03-09T00:00:00-05:00", 23)]
    [InlineData("America/New_York", "2025-11-02", "2025-11-02T00:00:00-04:00", 25)]
    public async Task A_day_on_which_clocks_are_moved_has_the_hours_that_it_has(string zone, string date, string start, int hours)
    {
        const long Account = 424_301;
        try
        {
            // A call each quarter of an hour, from the day before to the day after.
            await InsertAsync(
                $"""
                SELECT 999310000000 + n, 1, {Account}, 0, 0.01, 60, timestamptz '{date}Z' - interval '1 day' + n * interval '15 minutes'
                FROM generate_series(0, 300) n
                """, "cost, duration");

            var days = await sandbox.All.GetAsync($"/accounts/{Account}/cdrs/stats?type=all&group_by=day&tz={zone}");
            var day = days.GetProperty("data").EnumerateArray().Single(d => d.GetProperty("day").GetString() == start);
            day.GetProperty("calls").GetInt64().Should().Be(hours * 4);
            day.GetProperty("cost").GetRawText().Should().Be((hours * 4 * 0.01m).ToString("0.##", CultureInfo.InvariantCulture));

            // The beginning of a day may be passed on as start_date, that of the next one as end_date.
            var next = days.GetProperty("data").EnumerateArray().SkipWhile(d => d.GetProperty("day").GetString() != start).ElementAt(1).GetProperty("day").GetString()!;
            foreach (var groups in new[] { "hour", "hour,result" })
            {
                var answer = await sandbox.All.GetAsync($"/accounts/{Account}/cdrs/stats?type=all&group_by={groups}&tz={zone}"
                    + $"&start_date={Uri.EscapeDataString(start)}&end_date={Uri.EscapeDataString(next)}");
                var texts = answer.GetProperty("data").EnumerateArray().Select(h => h.GetProperty("hour").GetString()!).ToList();
                texts.Should().HaveCount(hours).And.OnlyHaveUniqueItems();
                answer.GetProperty("data").EnumerateArray().Should().AllSatisfy(h => h.GetProperty("calls").GetInt64().Should().Be(4));
                // The hour that comes twice differs by its offset alone.
                texts.Select(t => t[..19]).Distinct().Should().HaveCount(Math.Min(hours, 24));
                answer.GetProperty("data").EnumerateArray().Select(StatisticsSqlTruth.ToText).Should().Equal(await StatisticsSqlTruth.RowsAsync(
                    sandbox.Replica, $"c.i_account = {Account} AND c.connect_time >= '{start}' AND c.connect_time < '{next}'", groups, zone));
            }
        }
        finally
        {
            await RemoveAsync(Account);
        }
    }

    [Fact]
    public async Task A_statistic_by_country_sends_no_names_and_looks_up_only_the_prefixes_that_occur()
    {
        const long Account = 424_302;
        await sandbox.Primary.CreateCommand("INSERT INTO destinations (prefix, country_iso, description) SELECT '99' || n, 'FR', 'filler ' || n FROM generate_series(100000, 400000) n").ExecuteNonQueryAsync();
        try
        {
            await InsertAsync($"SELECT 999330000000 + n, 1, {Account}, 0, 0.01, 60, '99' || (100000 + n), '2026-01-05Z' FROM generate_series(1, 3) n", "cost, duration, prefix");
            await using var api = await sandbox.Sandbox.StartApiAsync();
            var caller = new ApiCaller(api.Url, sandbox.Sandbox.ApiKey);

            var answer = await caller.GetAsync($"/accounts/{Account}/cdrs/stats?group_by=country,description");
            answer.GetProperty("data").EnumerateArray().Select(StatisticsSqlTruth.ToText).Should().Equal(await StatisticsSqlTruth.RowsAsync(
                sandbox.Replica, $"c.i_account = {Account}", "country,description", "UTC"));

            // A plan that compares each destination with each part does not end.
            (await caller.GetAsync("/cdrs/stats?group_by=day,country&tz=Europe/Paris")).GetProperty("groups").GetInt64().Should().BePositive();
        }
        finally
        {
            await sandbox.Primary.CreateCommand("DELETE FROM destinations WHERE description LIKE 'filler %'").ExecuteNonQueryAsync();
            await RemoveAsync(Account);
        }
    }

    [Fact]
    public async Task Sorted_and_limited_it_says_that_groups_were_cut()
    {
        var all = await sandbox.All.GetAsync("/cdrs/stats?type=all&group_by=prefix");
        var top = await sandbox.All.GetAsync("/cdrs/stats?type=all&group_by=prefix&sort=-calls,prefix&limit=5");

        top.GetProperty("data").EnumerateArray().Select(r => r.GetRawText()).Should().Equal(all.GetProperty("data").EnumerateArray()
            .OrderByDescending(r => r.GetProperty("calls").GetInt64()).ThenBy(r => r.GetProperty("prefix").GetString(), StringComparer.Ordinal)
            .Take(5).Select(r => r.GetRawText()));
        top.GetProperty("groups").GetInt64().Should().Be(all.GetProperty("count").GetInt64()).And.BeGreaterThan(5);
        top.GetProperty("limit").GetInt32().Should().Be(5);
        top.GetProperty("totals").GetRawText().Should().Be(all.GetProperty("totals").GetRawText());
    }

    [Fact]
    public async Task Every_format_has_the_same_groups()
    {
        const string Path = "/cdrs/stats?type=all&group_by=country,result_category&sort=-cost";
        var json = (await sandbox.All.GetAsync(Path)).GetProperty("data").EnumerateArray().ToList();

        using var lines = await sandbox.All.SendAsync(Path + "&format=ndjson");
        using var csv = await sandbox.All.SendAsync(Path + "&format=csv");

        (await lines.Content.ReadAsStringAsync()).Split('\n').SkipLast(1).Should().Equal(json.Select(r => r.GetRawText()));
        var table = CsvReader.Read(await csv.Content.ReadAsStringAsync());
        table[0].Should().Equal(json[0].EnumerateObject().Select(p => p.Name));
        table.Skip(1).Select(cells => string.Join('|', cells.Select(c => c ?? "null"))).Should().Equal(
            json.Select(r => string.Join('|', r.EnumerateObject().Select(p => p.Value.ValueKind == JsonValueKind.String ? p.Value.GetString() : p.Value.GetRawText()))));
        csv.Headers.GetValues("CDR-Count").Should().Equal($"{json.Count}");
    }

    [Fact]
    public async Task A_caller_gets_figures_of_no_account_but_its_own()
    {
        var own = sandbox.Sandbox.Account;
        var foreign = await sandbox.Replica.ScalarAsync<long>($"SELECT min(i_account) FROM cdrs WHERE i_account <> {own}");

        var answer = await sandbox.Narrow.GetAsync("/cdrs/stats?type=all&group_by=i_account");

        answer.GetProperty("data").EnumerateArray().Single().GetProperty("i_account").GetInt64().Should().Be(own);
        answer.GetProperty("totals").GetProperty("calls").GetInt64().Should().Be(
            await sandbox.Replica.ScalarAsync<long>($"SELECT count(*) FROM cdrs WHERE i_account = {own}"));
        await sandbox.Narrow.GetAsync($"/accounts/{foreign}/cdrs/stats", HttpStatusCode.Forbidden);
        await sandbox.Narrow.GetAsync($"/cdrs/stats?i_account={foreign}", HttpStatusCode.Forbidden);
        await sandbox.Nobody.GetAsync("/cdrs/stats", HttpStatusCode.Unauthorized);
    }

    [Theory]
    [InlineData("group_by=colour", "group_by")]
    [InlineData("group_by=day,day", "group_by")]
    [InlineData("group_by=hour,day,country,prefix", "group_by")]
    [InlineData("group_by=", "group_by")]
    [InlineData("tz=UTC%2B3", "tz")]
    [InlineData("tz=europe/paris", "tz")]
    [InlineData("tz=Mars/Olympus", "tz")]
    [InlineData("group_by=day&sort=country", "sort")]
    [InlineData("sort=--cost", "sort")]
    [InlineData("limit=0", "limit")]
    [InlineData("limit=100001", "limit")]
    [InlineData("cursor=x", "cursor")]
    [InlineData("fields=i_cdr", "fields")]
    [InlineData("min_cost=x", "min_cost")]
    public async Task A_bad_parameter_is_named_in_a_400(string query, string parameter)
    {
        var problem = await sandbox.All.GetAsync("/cdrs/stats?" + query, HttpStatusCode.BadRequest);

        problem.GetProperty("errors").EnumerateObject().Select(e => e.Name).Should().Equal(parameter);
    }

    private async Task InsertAsync(string select, string columns)
    {
        await sandbox.Primary.CreateCommand(
            $"INSERT INTO cdrs (i_cdr, i_call, i_account, result, {columns}, connect_time) {select}").ExecuteNonQueryAsync();
        var written = await sandbox.Primary.ScalarAsync<string>("SELECT pg_current_wal_lsn()::text");
        await Eventually.BecomesTrueAsync(() => sandbox.Replica.ScalarAsync<bool>($"SELECT pg_last_wal_replay_lsn() >= '{written}'::pg_lsn"));
    }

    private async Task RemoveAsync(long account)
    {
        await sandbox.Primary.CreateCommand($"DELETE FROM cdrs WHERE i_account = {account}").ExecuteNonQueryAsync();
        await Eventually.BecomesTrueAsync(async () =>
            await sandbox.Replica.ScalarAsync<long>($"SELECT count(*) FROM cdrs WHERE i_account = {account}") == 0);
    }

    /// <summary>In units of 10^-40, far below the last digit of any.</summary>
    private static BigInteger Exact(string number)
    {
        var point = number.IndexOf('.', StringComparison.Ordinal);
        var decimals = point < 0 ? 0 : number.Length - point - 1;
        return BigInteger.Parse(number.Replace(".", "", StringComparison.Ordinal), CultureInfo.InvariantCulture) * BigInteger.Pow(10, 40 - decimals);
    }
}
