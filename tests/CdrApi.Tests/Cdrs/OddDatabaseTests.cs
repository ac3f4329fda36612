using System.Net;
using CdrApi.Tests.Statistics;
using FsCheck.Fluent;

namespace CdrApi.Tests.Cdrs;

/// <summary>Random questions to databases of other encodings and types: lists in every format, batches and statistics, each as SQL answers it.</summary>
public sealed class OddDatabaseTests(TestSandbox sandbox)
{
    private const int Lists = 250;
    private const int Statistics = 60;

    private static readonly string[] Groups = ["hour", "day", "month", "i_account", "country", "prefix", "description", "result", "result_category"];

    private static readonly string[] Zones =
        ["UTC", "Europe/Paris", "Asia/Kathmandu", "Pacific/Chatham", "America/St_Johns", "Pacific/Kiritimati", "Asia/Tehran", "Africa/Monrovia"];

    private static readonly Dictionary<string, Dictionary<string, string>> Types = new()
    {
        ["UTF8"] = new()
        {
            ["i_cdr"] = "integer",
            ["i_call"] = "integer",
            ["i_account"] = "smallint",
            ["result"] = "smallint",
            ["cost"] = "numeric",
            ["duration"] = "numeric",
            ["billed_duration"] = "integer",
            ["connect_time"] = "timestamp",
            ["disconnect_time"] = "timestamp",
            ["remote_ip"] = "inet",
            ["prefix"] = "char(40)",
        },
        ["LATIN1"] = new()
        {
            ["i_account"] = "integer",
            ["result"] = "integer",
            ["cost"] = "numeric",
            ["duration"] = "real",
            ["pdd1xx"] = "real",
            ["connect_time"] = "timestamp",
            ["cli_in"] = "char(110)",
            ["cld_in"] = "char(110)",
            ["prefix"] = "char(110)",
            ["release_source"] = "char(110)",
        },
        ["SQL_ASCII"] = new() { ["cost"] = "double precision", ["cli_in"] = "varchar(400)", ["prefix"] = "text", ["remote_ip"] = "char(110)" },
    };

    [Theory]
    [InlineData("UTF8", "char(110)")]
    [InlineData("LATIN1", "varchar(128)")]
    [InlineData("SQL_ASCII", "text")]
    public async Task Any_question_has_the_answer_that_SQL_gives(string encoding, string text)
    {
        await using var database = await OddDatabase.CreateAsync(sandbox, encoding, Types[encoding], text);
        await using var api = await database.StartApiAsync();
        var (all, narrow) = (new ApiCaller(api.Url, sandbox.Sandbox.ApiKey), new ApiCaller(api.Url, sandbox.Sandbox.AccountKey));
        var questions = new QuestionGenerator(await QuestionData.ReadAsync(database.Truth), sandbox.Sandbox.Account).Questions();
        var asker = new QuestionAsker(all, narrow, sandbox.Sandbox.Account, database.Truth);

        await QuestionTests.AskAsync(Lists, questions, asker.CheckAsync);
        asker.WithRows.Should().BeGreaterThan(Lists / 5, "too many questions would be about nothing");
        await QuestionTests.AskAsync(Statistics, Arb.From(
            from question in questions.Generator
            from groups in Gen.Shuffle(Groups)
            from count in Gen.Choose(0, 3)
            from zone in Gen.Elements(Zones)
            select new Statistic(question with { Zone = zone }, string.Join(',', groups.Take(count)))), CheckAsync);

        await CheckAsync(new Statistic(new Question { Zone = "UTC" }, "country"));
        (await all.GetAsync("/cdrs/stats?cld=日*,336*")).GetProperty("totals").GetProperty("calls").GetInt64().Should().BePositive();
        (await all.GetAsync("/cdrs?cld=日*")).GetProperty("count").GetInt64().Should().Be(0);
        (await all.GetAsync("/cdrs?limit=20000&type=all&fields=cli,cld,user_agent,area_name")).GetProperty("count").GetInt64().Should().Be(OddDatabase.Rows);

        async Task CheckAsync(Statistic asked)
        {
            var where = QuestionSql.Where(asked.Question with { Type = asked.Question.Type ?? "all" }, sandbox.Sandbox.Account);
            var answer = await (asked.Question.IsNarrow ? narrow : all).GetAsync(asked.Question.StatisticsPath(asked.Groups));
            StatisticsSqlTruth.ToText(answer.GetProperty("totals")).Should().Be((await StatisticsSqlTruth.RowsAsync(database.Truth, where, "", asked.Question.Zone!)).Single());
            var expected = asked.Groups.Length == 0 ? [] : await StatisticsSqlTruth.RowsAsync(database.Truth, where, asked.Groups, asked.Question.Zone!);
            // Bytes of another encoding have another order.
            var rows = answer.GetProperty("data").EnumerateArray().Select(StatisticsSqlTruth.ToText).ToList();
            rows.Should().HaveCount(expected.Count);
            rows.Order(StringComparer.Ordinal).Except(expected).Should().BeEmpty();
        }
    }

    [Fact]
    public async Task An_encoding_that_only_PostgreSQL_knows_is_converted_by_it()
    {
        await using var database = await OddDatabase.CreateAsync(sandbox, "LATIN8", Types["SQL_ASCII"], "text");
        await using var api = await database.StartApiAsync();
        var caller = new ApiCaller(api.Url, sandbox.Sandbox.ApiKey);

        (await caller.GetRowsAsync("/cdrs?type=all&limit=20000")).Should().Equal(await Rows.FromSqlAsync(database.Truth, "true"));
        (await caller.GetRowsAsync("/cdrs?limit=20&cli=é*&type=all")).Should().NotBeEmpty().And.Equal(await Rows.FromSqlAsync(database.Truth, "c.cli_in LIKE 'é%'", limit: 20));
        (await caller.GetAsync("/cdrs/stats?group_by=country")).GetProperty("data").EnumerateArray().Select(StatisticsSqlTruth.ToText).Order(StringComparer.Ordinal)
            .Should().Equal((await StatisticsSqlTruth.RowsAsync(database.Truth, "true", "country", "UTC")).Order(StringComparer.Ordinal));
        foreach (var path in new[] { "/cdrs?cld=日*", "/cdrs/stats?cld=日*", "/cdrs?release_source=日&format=csv" })
        {
            (await caller.GetAsync(path, HttpStatusCode.BadRequest)).GetProperty("detail").GetString().Should().StartWith("A text of the request has a character that the database's encoding lacks");
        }
    }

    private sealed record Statistic(Question Question, string Groups)
    {
        public override string ToString() => Question.StatisticsPath(Groups) + (Question.IsNarrow ? ", narrow key" : "");
    }
}
