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
    public async Task Patterns_come_in_lists_and_a_comma_in_quotes_is_one()
    {
        await using var own = await OwnCalls.WriteAsync(sandbox, Account, new[] { "336", "337", "336,337", "a*b", "axb", "say \"x\"", "\"x\"" }.Select(cli => new OwnCall { Cli = cli }));

        foreach (var (given, expected) in new (string, string[])[]
        {
            ("336,337", ["336", "337"]),
            ("336*,337", ["336", "337", "336,337"]),
            ("\"336,337\"", ["336,337"]),
            ("\"*,*\"", ["336,337"]),
            ("a*b, 337", ["337", "a*b", "axb"]),
            ("say \"x\"", ["say \"x\""]),
            ("\"\"\"x\"\"\"", ["\"x\""]),
            ("338*,339", []),
        })
        {
            (await sandbox.All.GetRowsAsync($"/accounts/{Account}/cdrs?order=asc&fields=cli&cli={Uri.EscapeDataString(given)}"))
                .Should().Equal(expected.Select(cli => $"cli='{cli}'"), "cli={0}", given);
        }

        (await sandbox.All.GetRowsAsync($"/accounts/{Account}/cdrs?order=asc&fields=cli&cli=336&cli=a*"))
            .Should().Equal("cli='336'", "cli='a*b'", "cli='axb'");
    }

    [Fact]
    public async Task Addresses_are_compared_as_PostgreSQL_does_and_anything_else_to_the_letter()
    {
        string[] addresses = ["198.51.100.1", "198.51.100.200", "203.0.113.9", "2001:db8::1", "2001:DB8:0:0:0:0:0:2", "::FFFF:198.51.100.1", "64:ff9b::192.0.2.33",
            "gateway-3", "192.0.2.17:5060", "sip:gw1:5060", "999.1.1.1", "1:2", ":::", "12345::", ""];
        await using var own = await OwnCalls.WriteAsync(sandbox, Account, addresses.Select(a => new OwnCall { ReleaseSource = a }));
        await using var api = await sandbox.Sandbox.StartApiAsync(new Dictionary<string, string?> { ["Source__Columns__remote_ip"] = "release_source" });
        var caller = new ApiCaller(api.Url, sandbox.Sandbox.ApiKey);

        foreach (var (given, expected) in new (string, string[])[]
        {
            ("198.51.100.0/24", ["198.51.100.1", "198.51.100.200"]),
            ("198.51.100.77/25", ["198.51.100.1"]),
            ("198.51.100.1/32,203.0.113.0/28", ["198.51.100.1", "203.0.113.9"]),
            ("0.0.0.0/0", ["198.51.100.1", "198.51.100.200", "203.0.113.9"]),
            ("2001:DB8:0:0::1", ["2001:db8::1"]),
            ("2001:db8::/32", ["2001:db8::1", "2001:DB8:0:0:0:0:0:2"]),
            ("::ffff:198.51.100.1", ["::FFFF:198.51.100.1"]),
            ("64:FF9B::C000:221", ["64:ff9b::192.0.2.33"]),
            ("gateway-3", ["gateway-3"]),
            ("192.0.2.17:5060,sip:gw1:5060,1:2", ["192.0.2.17:5060", "sip:gw1:5060", "1:2"]),
            ("\"\"", [""]),
        })
        {
            (await caller.GetRowsAsync($"/accounts/{Account}/cdrs?order=asc&fields=remote_ip&remote_ip={Uri.EscapeDataString(given)}"))
                .Should().Equal(expected.Select(a => $"remote_ip='{a}'"), given);
        }

        var cursor = (await caller.GetAsync($"/accounts/{Account}/cdrs?limit=1&remote_ip=198.51.100.77/25,2001:DB8::1,198.51.100.200")).GetProperty("next_cursor").GetString();
        await caller.GetAsync($"/accounts/{Account}/cdrs?limit=1&remote_ip=2001:db8:0::1,198.51.100.200/32,198.51.100.0/25&cursor={cursor}");
    }

    [Fact]
    public async Task A_cursor_is_refused_where_a_value_reads_like_another_condition()
    {
        // An order of joined texts in which both would be one.
        var cursor = (await sandbox.All.GetAsync("/cdrs?limit=1&type=all&prefix=336,44&release_source=caller")).GetProperty("next_cursor").GetString();
        await sandbox.All.GetAsync($"/cdrs?limit=1&type=all&prefix=336,44&release_source=caller&cursor={cursor}");

        var one = new CdrApi.Cdrs.CdrFilter { Conditions = [new CdrApi.Cdrs.TextIn("prefix", ["X"]), new CdrApi.Cdrs.TextIn("release_source", ["zz"])] };
        var other = new CdrApi.Cdrs.CdrFilter { Conditions = [new CdrApi.Cdrs.TextIn("prefix", ["X|in", "release_source", "zz"])] };
        one.Fingerprint().Should().NotBe(other.Fingerprint());
    }

    [Theory]
    [InlineData("country=france", "country=FRANCE")]
    [InlineData("country=United kingdom,Jersey", "country=JERSEY,UNITED KINGDOM")]
    [InlineData("protocol=sip", "protocol=SIP")]
    public async Task Names_are_found_whatever_their_case(string given, string plain)
    {
        var first = await sandbox.All.GetAsync($"/cdrs?limit=2&{given}");

        first.GetProperty("count").GetInt32().Should().Be(2);
        first.GetProperty("data").GetRawText().Should().Be((await sandbox.All.GetAsync($"/cdrs?limit=2&{plain}")).GetProperty("data").GetRawText());
        // It is the same filter.
        await sandbox.All.GetAsync($"/cdrs?limit=2&{plain}&cursor={first.GetProperty("next_cursor").GetString()}");
    }

    [Theory]
    [InlineData("country=FRANSE", "No such country: 'FRANSE', nearest is FRANCE.")]
    [InlineData("country=jersy,FRANCE,x", "No such country: 'jersy', nearest is JERSEY, 'x', nearest is ")]
    [InlineData("country=KINGDOM", "No such country: 'KINGDOM', nearest is UNITED KINGDOM.")]
    [InlineData("protocol=SPI", "No such protocol: 'SPI', nearest is ")]
    public async Task A_name_that_does_not_exist_is_told_with_the_nearest(string given, string fault)
    {
        var problem = await sandbox.All.GetAsync($"/cdrs?limit=1&{given}", HttpStatusCode.BadRequest);

        problem.GetProperty("errors").GetProperty(given.Split('=')[0])[0].GetString().Should().StartWith(fault);
        await sandbox.All.GetAsync($"/cdrs/stats?{given}", HttpStatusCode.BadRequest);
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
