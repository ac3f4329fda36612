using System.Globalization;
using System.Net;
using CdrApi.Http;

namespace CdrApi.Tests.Cdrs;

/// <summary>What has no place to say that it was cut is whole, and where a list was cut, each CDR says how it goes on.</summary>
public sealed class WholeAnswerTests(TestSandbox sandbox)
{
    [Theory]
    [InlineData("csv")]
    [InlineData("ndjson")]
    public async Task Without_a_limit_a_list_in_CSV_or_NDJSON_is_whole(string format)
    {
        var path = $"/accounts/{sandbox.Sandbox.Account}/cdrs?type=all&fields=i_cdr";
        using var response = await sandbox.All.SendAsync($"{path}&format={format}");
        var ids = (await response.Content.ReadAsStringAsync()).Split('\n', StringSplitOptions.RemoveEmptyEntries).Skip(format == "csv" ? 1 : 0)
            .Select(l => long.Parse(string.Concat(l.Where(char.IsAsciiDigit)), CultureInfo.InvariantCulture)).ToList();

        ids.Should().HaveCountGreaterThan(5500, "of several slices").And.OnlyHaveUniqueItems();
        ids.Should().HaveCount((int)await sandbox.Replica.ScalarAsync<long>($"SELECT count(*) FROM cdrs WHERE i_account = {sandbox.Sandbox.Account}"));
        response.TrailingHeaders.GetValues("CDR-Count").Should().Equal($"{ids.Count}");
        response.TrailingHeaders.Contains("CDR-Next-Cursor").Should().BeFalse();
        (await sandbox.All.GetAsync(path)).GetProperty("count").GetInt32().Should().Be(500, "JSON says that it goes on");
    }

    [Fact]
    public async Task A_whole_list_or_statistic_is_a_bulk_download()
    {
        await using var api = await sandbox.Sandbox.StartApiAsync(new Dictionary<string, string?> { ["Rates__BulkDownloads"] = "1" });
        using var held = await new ApiCaller(api.Url, sandbox.Sandbox.ApiKey, smallReceiveBuffer: true).SendAsync("/cdrs?type=all&fields=all&format=csv", streamed: true);
        var caller = new ApiCaller(api.Url, sandbox.Sandbox.ApiKey);

        held.StatusCode.Should().Be(HttpStatusCode.OK);
        foreach (var path in new[] { "/cdrs?format=ndjson&country=JERSEY", "/cdrs/stats?group_by=country&format=csv" })
        {
            (await caller.GetAsync(path, HttpStatusCode.TooManyRequests)).GetProperty("type").GetString().Should().Be("/problems/too-many-downloads");
            using var limited = await caller.SendAsync(path + "&limit=5");
            limited.StatusCode.Should().Be(HttpStatusCode.OK);
        }
    }

    [Theory]
    [InlineData("csv")]
    [InlineData("ndjson")]
    public async Task Without_a_limit_a_statistic_in_CSV_or_NDJSON_has_all_groups_or_says_that_there_are_too_many(string format)
    {
        const string Groups = "/cdrs/stats?group_by=day,prefix,i_account";
        using var response = await sandbox.All.SendAsync($"{Groups}&format={format}");
        var lines = (await response.Content.ReadAsStringAsync()).Split('\n', StringSplitOptions.RemoveEmptyEntries).Length - (format == "csv" ? 1 : 0);
        var json = await sandbox.All.GetAsync(Groups);

        json.GetProperty("count").GetInt32().Should().Be(1000);
        lines.Should().BeGreaterThan(1000).And.Be(json.GetProperty("groups").GetInt32());

        await using var api = await sandbox.Sandbox.StartApiAsync(new Dictionary<string, string?> { ["Statistics__MaxGroups"] = $"{lines - 1}" });
        var caller = new ApiCaller(api.Url, sandbox.Sandbox.ApiKey);
        (await caller.GetAsync($"{Groups}&format={format}", HttpStatusCode.BadRequest)).GetProperty("type").GetString().Should().Be("/problems/too-many-groups");
        using var limited = await caller.SendAsync($"{Groups}&format={format}&limit=2");
        limited.StatusCode.Should().Be(HttpStatusCode.OK);
        (await caller.GetAsync(Groups)).GetProperty("groups").GetInt32().Should().Be(lines);
    }

    [Theory]
    [InlineData("json", "desc", "type=all")]
    [InlineData("ndjson", "asc", "type=all")]
    [InlineData("csv", "desc", "cld=3*")]
    public async Task Each_row_has_the_cursor_of_what_comes_after_it(string format, string order, string filter)
    {
        // With CDRs that have no connect_time among them.
        var path = $"/cdrs?order={order}&{filter}";
        using var response = await sandbox.All.SendAsync($"{path}&limit=120&fields=i_cdr,cursor,cost&format={format}");
        var body = await response.Content.ReadAsStringAsync();
        var cursors = System.Text.RegularExpressions.Regex.Matches(body, "[A-Za-z0-9_-]{35}").Select(m => m.Value).Take(120).ToList();
        var all = await sandbox.All.GetRowsAsync($"{path}&limit=130&fields=i_cdr");

        cursors.Should().HaveCount(120).And.OnlyHaveUniqueItems();
        foreach (var i in new[] { 0, 1, 57, 118, 119 })
        {
            (await sandbox.All.GetRowsAsync($"{path}&limit=5&fields=i_cdr&cursor={cursors[i]}")).Should().Equal(all.Skip(i + 1).Take(5));
        }
    }

    [Fact]
    public async Task The_cursor_is_in_no_answer_that_does_not_name_it()
    {
        (await sandbox.All.GetAsync("/cdrs?limit=1&fields=all")).GetProperty("data")[0].EnumerateObject().Select(p => p.Name).Should().Equal(Rows.AllFields);
        (await sandbox.All.GetAsync("/cdrs?limit=1&fields=all,cursor")).GetProperty("data")[0].EnumerateObject().Select(p => p.Name).Should().Equal(Rows.AllFields.Append("cursor"));
        var batch = await sandbox.All.PostAsync("/cdrs/batch", """{"queries":[{"limit":1,"fields":["cursor"]}]}""");
        var result = batch.GetProperty("results")[0];
        result.GetProperty("data")[0].GetProperty("cursor").GetString().Should().Be(result.GetProperty("next_cursor").GetString());
    }

    [Theory]
    [InlineData("min_cost=0.00001", "min_cost=1E-05", "min_cost=1e-5", "min_cost=.00001", "min_cost=0.1e-4")]
    [InlineData("max_duration=96", "max_duration=96.0", "max_duration=9.6e1", "max_duration=%2B96", "max_duration=960E-1")]
    [InlineData("result=486", "result=486.0", "result=4.86e2", "result=4860e-1")]
    [InlineData("limit=7", "limit=7.0", "limit=0.7e1")]
    public async Task A_number_may_be_written_as_programs_write_it(string plain, params string[] others)
    {
        var expected = await sandbox.All.GetRowsAsync($"/cdrs?fields=i_cdr&{plain}");

        expected.Should().NotBeEmpty();
        foreach (var other in others)
        {
            (await sandbox.All.GetRowsAsync($"/cdrs?fields=i_cdr&{other}")).Should().Equal(expected, other);
            var (name, value) = (other.Split('=')[0], other.Split('=')[1].Replace("%2B", "", StringComparison.Ordinal));
            if (value[0] != '.')
            {
                var batch = await sandbox.All.PostAsync("/cdrs/batch", $$"""{"queries":[{"fields":"i_cdr","{{name}}":{{value}}}]}""");
                batch.GetProperty("results")[0].GetProperty("data").EnumerateArray().Select(Rows.ToText).Should().Equal(expected, other);
            }
        }
    }

    [Theory]
    [InlineData("0", "0")]
    [InlineData("-0.0e9", "0")]
    [InlineData("12345678901234567890123456.78", "12345678901234567890123456.78")]
    [InlineData("1e27", "1000000000000000000000000000")]
    [InlineData("0.0000000000000000000000000001", "0.0000000000000000000000000001")]
    [InlineData("100e-30", "0.0000000000000000000000000001")]
    [InlineData("000001.5000", "1.5")]
    [InlineData("-5.", "-5")]
    public void A_number_is_the_decimal_that_it_says(string text, string number)
    {
        NumberText.TryParseDecimal(text, out var value).Should().BeTrue();
        value.Should().Be(decimal.Parse(number, CultureInfo.InvariantCulture));
    }

    [Fact]
    public async Task Numbers_of_sessions_are_read_alike()
    {
        var session = await sandbox.All.PostAsync("/auth/token", $$"""{"i_account":[{{sandbox.Sandbox.Account}}.0],"expires_in":3e2}""");

        session.GetProperty("expires_in").GetInt32().Should().Be(300);
        session.GetProperty("session").GetProperty("i_account")[0].GetInt64().Should().Be(sandbox.Sandbox.Account);
    }
}
