using System.Net;

namespace CdrApi.Tests.Cdrs;

public sealed class PagingTests(TestSandbox sandbox)
{
    [Theory]
    [InlineData("desc", 997)]
    [InlineData("asc", 997)]
    [InlineData("desc", 5001)]
    [InlineData("asc", 40_000)]
    public async Task Pages_of_all_CDRs_equal_one_big_answer_and_SQL(string order, int limit)
    {
        var query = $"type=all&fields=i_cdr,connect_time&order={order}";

        var pages = await PageAsync("/cdrs?" + query, limit);
        var atOnce = await sandbox.All.GetRowsAsync($"/cdrs?{query}&limit=1000000");

        pages.Should().Equal(atOnce);
        pages.Should().Equal(await Rows.FromSqlAsync(sandbox.Replica, "true", order, fields: ["i_cdr", "connect_time"]));
    }

    [Theory]
    [InlineData("desc")]
    [InlineData("asc")]
    public async Task Ties_are_paged_one_by_one(string order)
    {
        var tie = await sandbox.Replica.ScalarAsync<string>(
            "SELECT to_char(connect_time AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"') FROM cdrs "
            + "WHERE connect_time = date_trunc('second', connect_time) GROUP BY connect_time ORDER BY count(*) DESC, 1 LIMIT 1");
        var range = $"connect_time >= '{tie}'::timestamptz - interval '1 minute' AND connect_time < '{tie}'::timestamptz + interval '1 minute'";
        var start = await sandbox.Replica.ScalarAsync<string>($"SELECT to_char('{tie}'::timestamptz AT TIME ZONE 'UTC' - interval '1 minute', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"')");
        var end = await sandbox.Replica.ScalarAsync<string>($"SELECT to_char('{tie}'::timestamptz AT TIME ZONE 'UTC' + interval '1 minute', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"')");
        (await sandbox.Replica.ScalarAsync<long>($"SELECT count(*) FROM cdrs WHERE connect_time = '{tie}'")).Should().BeGreaterThan(1);

        foreach (var limit in new[] { 1, 2, 3, 7 })
        {
            var pages = await PageAsync($"/cdrs?type=all&order={order}&start_date={start}&end_date={end}", limit);

            pages.Should().Equal(await Rows.FromSqlAsync(sandbox.Replica, range, order));
        }
    }

    [Theory]
    [InlineData("desc")]
    [InlineData("asc")]
    public async Task CDRs_without_a_connect_time_are_paged_one_by_one(string order)
    {
        var account = await sandbox.Replica.ScalarAsync<long>(
            "SELECT i_account FROM cdrs WHERE connect_time IS NULL GROUP BY 1 HAVING count(*) > 1 ORDER BY count(*), 1 LIMIT 1");
        var untimed = await sandbox.Replica.ScalarAsync<long>($"SELECT count(*) FROM cdrs WHERE i_account = {account} AND connect_time IS NULL");
        var all = await sandbox.Replica.ScalarAsync<long>($"SELECT count(*) FROM cdrs WHERE i_account = {account}");
        // In desc they are the last: walk to just before them, then one at a time.
        var limit = order == "desc" ? (int)(all - untimed - 1) : 1;
        var path = $"/accounts/{account}/cdrs?type=all&order={order}";

        var first = await sandbox.All.GetAsync($"{path}&limit={limit}");
        var rows = first.GetProperty("data").EnumerateArray().Select(Rows.ToText).ToList();
        var cursor = first.GetProperty("next_cursor").GetString();
        for (var i = 0; i < untimed + 1 && cursor is not null; i++)
        {
            var page = await sandbox.All.GetAsync($"{path}&limit=1&cursor={cursor}");
            rows.AddRange(page.GetProperty("data").EnumerateArray().Select(Rows.ToText));
            cursor = page.GetProperty("next_cursor").GetString();
        }

        rows.Should().Equal(await Rows.FromSqlAsync(sandbox.Replica, $"i_account = {account}", order, rows.Count));
        if (order == "desc")
        {
            cursor.Should().BeNull();
            rows.Should().HaveCount((int)all);
        }
    }

    [Fact]
    public async Task A_limit_that_meets_the_end_exactly_leaves_no_cursor()
    {
        var account = sandbox.Sandbox.Account;
        var all = await sandbox.Replica.ScalarAsync<long>($"SELECT count(*) FROM cdrs WHERE i_account = {account}");

        foreach (var (limit, isLast) in new[] { (all - 1, false), (all, true), (all + 1, true) })
        {
            var answer = await sandbox.All.GetAsync($"/accounts/{account}/cdrs?type=all&limit={limit}");

            answer.GetProperty("count").GetInt64().Should().Be(Math.Min(limit, all));
            (answer.GetProperty("next_cursor").GetString() is null).Should().Be(isLast, "limit {0} of {1}", limit, all);
        }
    }

    [Fact]
    public async Task A_cursor_stays_good_when_the_CDR_it_points_at_is_deleted()
    {
        await sandbox.Primary.CreateCommand(
            "INSERT INTO cdrs (i_cdr, i_call, i_account, result, duration, connect_time) "
            + "SELECT 999100000000 + i, 1, 434343, 0, 1, '2026-01-01Z' FROM generate_series(1, 5) i").ExecuteNonQueryAsync();
        try
        {
            await Eventually.BecomesTrueAsync(async () => (await sandbox.All.GetRowsAsync("/accounts/434343/cdrs")).Count == 5);
            var first = await sandbox.All.GetAsync("/accounts/434343/cdrs?limit=2&fields=i_cdr");
            await sandbox.Primary.CreateCommand("DELETE FROM cdrs WHERE i_cdr = 999100000004").ExecuteNonQueryAsync();
            await Eventually.BecomesTrueAsync(async () => (await sandbox.All.GetRowsAsync("/accounts/434343/cdrs")).Count == 4);

            var second = await sandbox.All.GetRowsAsync(
                $"/accounts/434343/cdrs?limit=9&fields=i_cdr&cursor={first.GetProperty("next_cursor").GetString()}");

            second.Should().Equal("i_cdr=999100000003", "i_cdr=999100000002", "i_cdr=999100000001");
        }
        finally
        {
            await sandbox.Primary.CreateCommand("DELETE FROM cdrs WHERE i_account = 434343").ExecuteNonQueryAsync();
            await Eventually.BecomesTrueAsync(async () => (await sandbox.All.GetRowsAsync("/accounts/434343/cdrs")).Count == 0);
        }
    }

    [Theory]
    [InlineData("type=errors")]
    [InlineData("order=asc")]
    [InlineData("i_account=1")]
    [InlineData("start_date=2020-01-01")]
    public async Task A_cursor_of_another_query_is_refused(string change)
    {
        var cursor = (await sandbox.All.GetAsync("/cdrs?limit=5")).GetProperty("next_cursor").GetString();

        var problem = await sandbox.All.GetAsync($"/cdrs?limit=5&cursor={cursor}&{change}", HttpStatusCode.BadRequest);

        problem.GetProperty("errors").GetProperty("cursor")[0].GetString().Should().Contain("another query");
    }

    [Fact]
    public async Task A_cursor_of_a_wider_caller_is_refused()
    {
        var cursor = (await sandbox.All.GetAsync("/cdrs?limit=5")).GetProperty("next_cursor").GetString();

        var problem = await sandbox.Narrow.GetAsync($"/cdrs?limit=5&cursor={cursor}", HttpStatusCode.BadRequest);

        problem.GetProperty("errors").TryGetProperty("cursor", out _).Should().BeTrue();
    }

    private async Task<List<string>> PageAsync(string path, int limit)
    {
        var rows = new List<string>();
        string? cursor = null;
        do
        {
            var page = await sandbox.All.GetAsync($"{path}&limit={limit}{(cursor is null ? "" : "&cursor=" + cursor)}");
            var data = page.GetProperty("data");
            cursor = page.GetProperty("next_cursor").GetString();
            if (cursor is not null)
            {
                data.GetArrayLength().Should().Be(limit, "only the last page may be short");
            }

            rows.AddRange(data.EnumerateArray().Select(Rows.ToText));
        }
        while (cursor is not null);
        return rows;
    }

    [Fact]
    public async Task An_estimate_tells_a_bound_credential_nothing_of_other_accounts()
    {
        var account = sandbox.Sandbox.Account;
        var address = await sandbox.Replica.ScalarAsync<string>($"SELECT host(remote_ip::inet) FROM cdrs WHERE i_account <> {account} GROUP BY remote_ip ORDER BY count(*) DESC LIMIT 1");
        var truth = await sandbox.Replica.ScalarAsync<long>($"SELECT count(*) FROM cdrs WHERE i_account = {account} AND host(remote_ip::inet) = '{address}'");

        var page = await sandbox.Narrow.GetAsync($"/cdrs?type=all&limit=1&include_count=estimate&remote_ip={address}");

        page.GetProperty("total").GetInt64().Should().Be(truth);
    }
}
