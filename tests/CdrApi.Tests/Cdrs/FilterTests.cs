using System.Net;

namespace CdrApi.Tests.Cdrs;

/// <summary>The filters' named cases; <see cref="QuestionTests"/> has the thousands of others.</summary>
public sealed class FilterTests(TestSandbox sandbox)
{
    private const long Account = 464646;

    private static readonly string[] Clis =
        ["50%", "501", "5_0", "510", "a\\b", "ab", "a\\\\b", "*72", "172", "x*y", "x-y", "\\%", "%", "_", "\\", "*", "(.+)", "abc", "ABC", "é", "e\u0301"];

    public static TheoryData<string, string[]> Patterns => new()
    {
        { "50%", ["50%"] },
        { "5_0", ["5_0"] },
        { "5*", ["50%", "501", "5_0", "510"] },
        { "5*0", ["5_0", "510"] },
        { "*%", ["50%", "\\%", "%"] },
        { "a\\b", ["a\\b"] },
        { "a\\*", ["a\\b", "a\\\\b"] },
        { "a*b", ["a\\b", "ab", "a\\\\b"] },
        { "\\%", ["\\%"] },
        { "\\*", ["\\%", "\\"] },
        { "%", ["%"] },
        { "_", ["_"] },
        { "\\", ["\\"] },
        { "(.+)", ["(.+)"] },
        { "(*)", ["(.+)"] },
        { "abc", ["abc"] },
        { "AB*", ["ABC"] },
        { "é", ["é"] },
        { "e*", ["e\u0301"] },
        // A * in the data can be named only by a * that means more.
        { "*72", ["*72", "172"] },
        { "x*y", ["x*y", "x-y"] },
        { "**", Clis },
    };

    [Fact]
    public async Task Only_the_asterisk_is_a_wildcard()
    {
        await using var own = await OwnCalls.WriteAsync(sandbox, Account, Clis.Select(cli => new OwnCall { Cli = cli }));

        foreach (var (pattern, clis) in Patterns.Select(row => row.Data))
        {
            var rows = await sandbox.All.GetRowsAsync($"/accounts/{Account}/cdrs?order=asc&fields=cli&cli={Uri.EscapeDataString(pattern)}");

            rows.Should().Equal(clis.Select(cli => $"cli='{cli}'"), "that is what {0} fits", pattern);
        }
    }

    [Fact]
    public async Task Values_in_quotes_may_hold_commas_blanks_quotes_or_nothing()
    {
        string?[] sources = ["a,b", "a", "b", "say \"x\"", "", " a", "\"", null];
        await using var own = await OwnCalls.WriteAsync(sandbox, Account, sources.Select(s => new OwnCall { ReleaseSource = s }));

        foreach (var (given, expected) in new (string, string[])[]
        {
            ("a,b", ["a", "b"]),
            ("\"a,b\"", ["a,b"]),
            ("\"a,b\",a", ["a,b", "a"]),
            (" a , \"a,b\" ", ["a,b", "a"]),
            ("\"say \"\"x\"\"\"", ["say \"x\""]),
            ("say \"x\"", ["say \"x\""]),
            ("\"\"", [""]),
            ("\"\",b", ["b", ""]),
            ("\" a\"", [" a"]),
            ("\"\"\"\"", ["\""]),
            ("c", []),
        })
        {
            var rows = await sandbox.All.GetRowsAsync(
                $"/accounts/{Account}/cdrs?order=asc&fields=release_source&release_source={Uri.EscapeDataString(given)}");

            rows.Should().Equal(expected.Select(s => $"release_source='{s}'"), "release_source={0}", given);
        }

        (await sandbox.All.GetRowsAsync($"/accounts/{Account}/cdrs?order=asc&fields=release_source&release_source=a&release_source=\"a,b\",b"))
            .Should().Equal("release_source='a,b'", "release_source='a'", "release_source='b'");
    }

    [Fact]
    public async Task Calls_that_stand_there_twice_repeat_no_CDR()
    {
        await sandbox.Primary.CreateCommand(
            "CREATE VIEW calls_twice AS SELECT * FROM calls UNION ALL SELECT * FROM calls; GRANT SELECT ON calls_twice TO cdr_reader").ExecuteNonQueryAsync();
        try
        {
            await using var own = await OwnCalls.WriteAsync(sandbox, Account, [new() { CallId = "one@a" }, new() { CallId = "two@a" }, new() { CallId = "three" }]);
            await Eventually.BecomesTrueAsync(async () => await sandbox.Replica.ScalarAsync<bool>("SELECT to_regclass('calls_twice') IS NOT NULL"));
            await using var api = await sandbox.Sandbox.StartApiAsync(new Dictionary<string, string?> { ["Source__Calls"] = "calls_twice" });
            var caller = new ApiCaller(api.Url, sandbox.Sandbox.ApiKey);

            var filtered = await caller.GetAsync($"/accounts/{Account}/cdrs?order=asc&fields=call_id&call_id=*@a&include_count=true");
            var listed = await caller.GetRowsAsync($"/accounts/{Account}/cdrs?order=asc&fields=call_id");

            filtered.GetProperty("data").EnumerateArray().Select(Rows.ToText).Should().Equal("call_id='one@a'", "call_id='two@a'");
            filtered.GetProperty("total").GetInt64().Should().Be(2);
            listed.Should().Equal("call_id='one@a'", "call_id='two@a'", "call_id='three'");
        }
        finally
        {
            await sandbox.Primary.CreateCommand("DROP VIEW calls_twice").ExecuteNonQueryAsync();
        }
    }

    [Theory]
    [InlineData("start_date=2026-01-01", "start_date=2026-01-02")]
    [InlineData("end_date=2030-01-01", "end_date=2030-01-02")]
    [InlineData("i_account=1,2,3", "i_account=1,2")]
    [InlineData("type=all", "type=non_zero")]
    [InlineData("order=asc", "order=desc")]
    [InlineData("result=0,200", "result=0")]
    [InlineData("result_category=success", "result_category=success,caller")]
    [InlineData("cli=*3*", "cli=*3")]
    [InlineData("cld=*3*", "cld=3*")]
    [InlineData("cli_translated=*3*", "cli_translated=*4*")]
    [InlineData("cld_translated=*3*", "cld_translated=*4*")]
    [InlineData("call_id=*@*", "call_id=*@1*")]
    [InlineData("prefix=336,447", "prefix=\"336,447\"")]
    [InlineData("country=FRANCE,JERSEY", "country=FRANCE")]
    [InlineData("protocol=SIP,IAX2", "protocol=SIP")]
    [InlineData("release_source=caller,callee", "release_source=caller")]
    [InlineData("min_duration=0.1", "min_duration=0.2")]
    [InlineData("max_duration=5000", "max_duration=5001")]
    [InlineData("min_cost=0.001", "min_cost=0.002")]
    [InlineData("max_cost=5000", "max_cost=5001")]
    public async Task A_cursor_is_refused_with_another_value_of_any_filter_or_without_it(string filter, string other)
    {
        await IsRefusedAsync(filter, other);
        await IsRefusedAsync(filter, "");
        await IsRefusedAsync("", filter == "order=asc" ? filter : other == "order=desc" ? filter : other);
    }

    [Fact]
    public async Task A_cursor_is_refused_with_another_address()
    {
        var addresses = await sandbox.Replica.ScalarAsync<string[]>(
            "SELECT array_agg(a) FROM (SELECT remote_ip FROM cdrs GROUP BY 1 ORDER BY count(*) DESC LIMIT 2) q (a)");

        await IsRefusedAsync($"remote_ip={addresses[0]}", $"remote_ip={addresses[1]}");
    }

    [Theory]
    [InlineData("result=0,200", "result=200&result=0,200")]
    [InlineData("prefix=336,447", "prefix=%22447%22,336")]
    [InlineData("min_cost=0.5", "min_cost=0.50")]
    [InlineData("start_date=2026-01-01", "start_date=2026-01-01T02:00:00%2B02:00")]
    [InlineData("type=non_zero_and_errors", "order=desc")]
    public async Task A_cursor_holds_for_the_same_filter_in_other_words(string filter, string same)
    {
        var first = await sandbox.All.GetAsync($"/cdrs?limit=2&{filter}");

        var second = await sandbox.All.GetAsync($"/cdrs?limit=2&{same}&cursor={first.GetProperty("next_cursor").GetString()}");

        second.GetProperty("data").EnumerateArray().Select(Rows.ToText).Should()
            .Equal((await sandbox.All.GetRowsAsync($"/cdrs?limit=4&{filter}")).Skip(2));
    }

    private async Task IsRefusedAsync(string filter, string other)
    {
        var cursor = (await sandbox.All.GetAsync($"/cdrs?limit=1&{filter}".TrimEnd('&'))).GetProperty("next_cursor").GetString();
        cursor.Should().NotBeNull("{0} must leave something for a next page", filter);

        var problem = await sandbox.All.GetAsync($"/cdrs?limit=1&cursor={cursor}&{other}".TrimEnd('&'), HttpStatusCode.BadRequest);

        problem.GetProperty("errors").EnumerateObject().Select(e => e.Name).Should().Equal("cursor");
    }
}
