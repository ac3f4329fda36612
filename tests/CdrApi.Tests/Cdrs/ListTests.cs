using System.Globalization;
using System.Net;

namespace CdrApi.Tests.Cdrs;

public sealed class ListTests(TestSandbox sandbox)
{
    [Theory]
    [InlineData("", "duration > 0 OR result <> 0")]
    [InlineData("type=non_zero_and_errors", "duration > 0 OR result <> 0")]
    [InlineData("type=non_zero", "duration > 0")]
    [InlineData("type=all", "true")]
    [InlineData("type=complete", "result = 0")]
    [InlineData("type=incomplete", "result <> 0")]
    [InlineData("type=errors", "result <> 0 AND duration = 0")]
    public async Task Each_type_lists_what_SQL_lists_in_both_orders(string parameter, string where)
    {
        foreach (var order in new[] { "desc", "asc" })
        {
            var answer = await sandbox.All.GetRowsAsync($"/cdrs?{parameter}&order={order}&limit=3000".Replace("?&", "?", StringComparison.Ordinal));

            answer.Should().Equal(await Rows.FromSqlAsync(sandbox.Replica, where, order, 3000));
        }
    }

    [Fact]
    public async Task Newest_500_come_without_any_parameter()
    {
        var answer = await sandbox.All.GetAsync("/cdrs");

        answer.GetProperty("count").GetInt32().Should().Be(500);
        answer.GetProperty("limit").GetInt32().Should().Be(500);
        answer.GetProperty("data").EnumerateArray().Select(Rows.ToText).Should()
            .Equal(await Rows.FromSqlAsync(sandbox.Replica, "duration > 0 OR result <> 0", limit: 500));
    }

    [Fact]
    public async Task A_hundred_thousand_CDRs_are_what_SQL_says_in_order()
    {
        var answer = await sandbox.All.GetAsync("/cdrs?limit=100000&type=all");

        answer.GetProperty("count").GetInt32().Should().Be(100_000);
        answer.GetProperty("next_cursor").GetString().Should().NotBeNull();
        answer.GetProperty("data").EnumerateArray().Select(Rows.ToText).Should()
            .Equal(await Rows.FromSqlAsync(sandbox.Replica, "true", limit: 100_000));
    }

    [Theory]
    [InlineData("desc")]
    [InlineData("asc")]
    public async Task Every_CDR_with_every_field_is_what_SQL_says(string order)
    {
        var answer = await sandbox.All.GetRowsAsync($"/cdrs?limit=1000000&type=all&fields=all&order={order}");

        answer.Should().HaveCountGreaterThanOrEqualTo(TestSandbox.Rows);
        answer.Should().Equal(await Rows.FromSqlAsync(sandbox.Replica, "true", order, fields: Rows.AllFields));
    }

    [Fact]
    public async Task Ascending_is_the_exact_reverse_of_descending()
    {
        var down = await sandbox.All.GetRowsAsync("/cdrs?limit=1000000&type=all&fields=i_cdr,connect_time");
        var up = await sandbox.All.GetRowsAsync("/cdrs?limit=1000000&type=all&fields=i_cdr,connect_time&order=asc");

        up.AsEnumerable().Reverse().Should().Equal(down);
    }

    [Fact]
    public async Task Fields_come_as_named_and_in_that_order()
    {
        string[] fields = ["description", "cost", "i_protocol", "connect_time", "cli", "prefix", "i_cdr", "country"];

        var answer = await sandbox.All.GetRowsAsync($"/cdrs?limit=2000&type=all&fields={string.Join(',', fields)}");

        answer.Should().Equal(await Rows.FromSqlAsync(sandbox.Replica, "true", limit: 2000, fields: fields));
    }

    [Fact]
    public async Task A_date_range_includes_its_start_and_excludes_its_end()
    {
        // A moment that several CDRs share, as both ends.
        var tie = await sandbox.Replica.ScalarAsync<DateTime>(
            "SELECT connect_time FROM cdrs WHERE connect_time IS NOT NULL GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT 1");
        var start = tie.ToString("yyyy-MM-dd'T'HH:mm:ss.FFFFFF'Z'", CultureInfo.InvariantCulture);
        var end = tie.AddHours(6).ToString("yyyy-MM-dd'T'HH:mm:ss.FFFFFF'Z'", CultureInfo.InvariantCulture);

        var from = await sandbox.All.GetRowsAsync($"/cdrs?type=all&limit=100000&start_date={start}&end_date={end}");
        var until = await sandbox.All.GetRowsAsync($"/cdrs?type=all&limit=100000&end_date={start}");

        from.Should().NotBeEmpty().And.Equal(await Rows.FromSqlAsync(
            sandbox.Replica, $"connect_time >= '{start}' AND connect_time < '{end}'"));
        until.Should().Equal(await Rows.FromSqlAsync(sandbox.Replica, $"connect_time < '{start}'", limit: 100_000));
    }

    [Fact]
    public async Task Dates_mean_the_same_in_every_notation()
    {
        var day = (await sandbox.Replica.ScalarAsync<DateTime>("SELECT max(connect_time) - interval '2 days' FROM cdrs"))
            .ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
        string[] notations = [day, $"{day}T00:00:00", $"{day}T00:00:00Z", $"{day}T00:00:00.000000Z", $"{day}t02:00:00%2B02:00",
            $"{day}%2000:00:00", $"{day}T00:00Z"];

        var answers = new List<List<string>>();
        foreach (var notation in notations)
        {
            answers.Add(await sandbox.All.GetRowsAsync($"/cdrs?type=all&order=asc&limit=50&start_date={notation}"));
        }

        answers[0].Should().Equal(await Rows.FromSqlAsync(sandbox.Replica, $"connect_time >= '{day}'", "asc", 50));
        answers.Should().AllSatisfy(a => a.Should().Equal(answers[0]));
    }

    [Theory]
    [InlineData("desc")]
    [InlineData("asc")]
    public async Task One_account_by_path_several_by_query(string order)
    {
        var account = sandbox.Sandbox.Account;
        var accounts = (await sandbox.Replica.ScalarAsync<long[]>(
            "SELECT array_agg(i_account) FROM (SELECT DISTINCT i_account FROM cdrs ORDER BY 1 LIMIT 7) a")).Append(account).Distinct().ToArray();
        var list = string.Join(',', accounts);

        var one = await sandbox.All.GetRowsAsync($"/accounts/{account}/cdrs?type=all&limit=1000000&order={order}");
        var several = await sandbox.All.GetRowsAsync($"/cdrs?i_account={list}&type=all&limit=1000000&order={order}");
        var repeated = await sandbox.All.GetRowsAsync(
            $"/cdrs?{string.Join('&', accounts.Select(a => $"i_account={a}"))}&type=all&limit=1000000&order={order}");

        one.Should().NotBeEmpty().And.Equal(await Rows.FromSqlAsync(sandbox.Replica, $"i_account = {account}", order));
        several.Should().Equal(await Rows.FromSqlAsync(sandbox.Replica, $"i_account IN ({list})", order));
        repeated.Should().Equal(several);
    }

    [Fact]
    public async Task More_accounts_than_branches_are_listed_the_same()
    {
        var accounts = Enumerable.Range(0, 90).ToArray();
        var list = string.Join(',', accounts);

        var answer = await sandbox.All.GetRowsAsync($"/cdrs?i_account={list}&type=all&limit=7000");

        answer.Should().NotBeEmpty().And.Equal(await Rows.FromSqlAsync(sandbox.Replica, $"i_account IN ({list})", limit: 7000));
    }

    [Fact]
    public async Task An_account_without_calls_has_an_empty_list()
    {
        var answer = await sandbox.All.GetAsync("/accounts/999999999/cdrs");

        answer.GetProperty("data").GetArrayLength().Should().Be(0);
        answer.GetProperty("count").GetInt32().Should().Be(0);
        answer.GetProperty("next_cursor").GetString().Should().BeNull();
    }

    [Fact]
    public async Task An_answer_says_how_fresh_it_is()
    {
        using var response = await sandbox.All.SendAsync("/cdrs?limit=1");

        response.StatusCode.Should().Be(HttpStatusCode.OK);
        var header = response.Headers.GetValues("CDR-As-Of").Single();
        var asOf = DateTimeOffset.Parse(header, CultureInfo.InvariantCulture);
        asOf.Should().BeCloseTo(TimeProvider.System.GetUtcNow(), TimeSpan.FromSeconds(5));
        double.Parse(response.Headers.GetValues("CDR-Replication-Lag").Single(), CultureInfo.InvariantCulture).Should().BeInRange(0, 5);
        (await response.Content.ReadAsStringAsync()).Should().EndWith($"\"as_of\":\"{header}\"}}");
    }

    [Fact]
    public async Task One_CDR_comes_with_all_its_fields()
    {
        var ids = await sandbox.Replica.ScalarAsync<long[]>(
            "(SELECT array_agg(i_cdr) FROM (SELECT i_cdr FROM cdrs WHERE connect_time IS NULL LIMIT 3) a)");
        foreach (var id in ids.Append(await sandbox.Replica.ScalarAsync<long>("SELECT max(i_cdr) FROM cdrs")))
        {
            var answer = await sandbox.All.GetAsync($"/cdrs/{id}");

            Rows.ToText(answer).Should().Be(
                (await Rows.FromSqlAsync(sandbox.Replica, $"i_cdr = {id}", fields: Rows.AllFields)).Single());
        }
    }

    [Fact]
    public async Task A_CDR_that_is_not_there_is_a_404()
    {
        var problem = await sandbox.All.GetAsync("/cdrs/1", HttpStatusCode.NotFound);

        problem.GetProperty("type").GetString().Should().Be("/problems/cdr-not-found");
    }

    [Fact]
    public async Task A_write_on_the_primary_is_seen_within_a_second()
    {
        const long Id = 999_000_000_001;
        try
        {
            await sandbox.Primary.CreateCommand(
                $"INSERT INTO cdrs (i_cdr, i_call, i_account, result, duration, connect_time) VALUES ({Id}, 1, 424242, 0, 1.5, now())").ExecuteNonQueryAsync();
            var written = TimeProvider.System.GetTimestamp();

            await Eventually.BecomesTrueAsync(
                async () => (await sandbox.All.GetRowsAsync("/accounts/424242/cdrs")).Count == 1, TimeSpan.FromSeconds(1));

            TimeProvider.System.GetElapsedTime(written).Should().BeLessThan(TimeSpan.FromSeconds(1));
        }
        finally
        {
            await sandbox.Primary.CreateCommand($"DELETE FROM cdrs WHERE i_cdr = {Id}").ExecuteNonQueryAsync();
            await Eventually.BecomesTrueAsync(
                async () => await sandbox.Replica.ScalarAsync<long>($"SELECT count(*) FROM cdrs WHERE i_cdr = {Id}") == 0);
        }
    }
}
