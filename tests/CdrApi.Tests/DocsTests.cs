using System.Diagnostics;
using System.Reflection;
using System.Text.Json;
using System.Text.RegularExpressions;
using CdrApi.Cdrs;
using CdrApi.Http;
using CdrApi.Tests.Database;
using CdrSandbox;

namespace CdrApi.Tests;

/// <summary>Each command of docs/api.md and docs/errors.md is run, and must give what stands after it.</summary>
public sealed partial class DocsTests(TestSandbox sandbox)
{
    // Sections of docs/errors.md whose example needs a service in distress.
    private static readonly string[] InDistress = ["starting", "no-replica", "no-connection", "query-timeout", "internal-error", "no-authority",
        "too-many-requests", "too-many-downloads", "too-many-attempts", "too-many-sessions", "no-session-store",
        "too-stale", "too-busy", "no-source", "no-resources", "too-many-groups"];

    public static TheoryData<string> Examples => new(new[] { "api.md", "errors.md" }.SelectMany(DocsExample.Of)
        .Where(e => !InDistress.Contains(e.Section)).Select(e => e.Place));

    [Theory]
    [MemberData(nameof(Examples))]
    public async Task An_example_gives_what_the_document_says(string place) => await CheckAsync(Example(e => e.Place == place), sandbox.Api);

    [Fact]
    public async Task Without_a_standby_the_documented_problems_come()
    {
        var standby = sandbox.Sandbox.Standbys[0];
        await standby.StopAsync();
        try
        {
            await CheckAsync(Example(e => e.Section == "no-replica"), sandbox.Api);
            await using var starting = await sandbox.Sandbox.StartApiAsync(waitUntilReady: false);
            await CheckAsync(Example(e => e.Section == "starting"), starting);
        }
        finally
        {
            await standby.StartAsync();
            await sandbox.RecoverAsync();
        }
    }

    [Fact]
    public async Task Where_queries_do_not_end_the_documented_problems_come()
    {
        await using var api = await sandbox.Sandbox.StartApiAsync(new Dictionary<string, string?>
        {
            ["Database__MaxConnections"] = "2",
            ["Database__ConnectTimeout"] = "00:00:01",
            ["Database__QueryTimeout"] = "00:00:10",
        });
        await using (await HeldQueries.BeginAsync(sandbox))
        {
            var ending = CheckAsync(Example(e => e.Section == "query-timeout"), api);
            await Eventually.BecomesTrueAsync(async () => await sandbox.Replica.ScalarAsync<long>("SELECT count(*) " + HeldQueries.Waiting) > 0);
            await CheckAsync(Example(e => e.Section == "no-connection"), api);
            await ending;
        }

        await sandbox.RecoverAsync();
    }

    [Fact]
    public async Task What_nobody_foresaw_is_the_documented_problem_too()
    {
        await sandbox.Primary.CreateCommand("CREATE VIEW broken_cdrs AS SELECT *, 1 / (result - result) AS broken FROM cdrs; "
            + "GRANT SELECT ON broken_cdrs TO cdr_reader").ExecuteNonQueryAsync();
        try
        {
            await Eventually.BecomesTrueAsync(async () => await sandbox.Replica.ScalarAsync<bool>("SELECT to_regclass('broken_cdrs') IS NOT NULL"));
            await using var api = await sandbox.Sandbox.StartApiAsync(new Dictionary<string, string?>
            {
                ["Source__Cdrs"] = "broken_cdrs",
                ["Source__Columns__result"] = "broken",
            });

            await CheckAsync(Example(e => e.Section == "internal-error"), api);

            api.ReadLog().Should().Contain("division by zero", "the operator finds the cause");
        }
        finally
        {
            await sandbox.Primary.CreateCommand("DROP VIEW broken_cdrs").ExecuteNonQueryAsync();
        }
    }

    [Fact]
    public async Task Beyond_the_most_groups_the_documented_problem_comes()
    {
        await using var api = await sandbox.Sandbox.StartApiAsync(new Dictionary<string, string?> { ["Statistics__MaxGroups"] = "1000" });

        await CheckAsync(Example(e => e.Section == "too-many-groups"), api);
    }

    [Theory]
    [InlineData("no-source", "ALTER TABLE altered.cdrs RENAME TO gone")]
    [InlineData("no-resources", "INSERT INTO altered.fault VALUES ('53100')")]
    public async Task Where_the_source_fails_the_documented_problems_come(string section, string fault)
    {
        await using var source = await OwnSource.CreateAsync(sandbox);
        await source.AddFaultAsync();
        await using var api = await source.StartApiAsync(new() { ["Database__ConnectTimeout"] = "00:00:01" },
            section == "no-source" ? OwnSource.Cdrs : OwnSource.Faulty);

        await source.RunEverywhereAsync(fault);

        await CheckAsync(Example(e => e.Section == section), api);
    }

    [Fact]
    public async Task Where_standbys_are_behind_the_documented_problem_comes()
    {
        await sandbox.Replica.ScalarAsync<object>("SELECT pg_wal_replay_pause()");
        try
        {
            await sandbox.Primary.ScalarAsync<object>("SELECT pg_logical_emit_message(true, 'test', 'a commit to wait for')");
            await Eventually.BecomesTrueAsync(async () => (await sandbox.Nobody.GetAsync("/replication-lag")).GetProperty("lag_seconds").GetDouble() > 1);

            await CheckAsync(Example(e => e.Section == "too-stale"), sandbox.Api);
        }
        finally
        {
            await sandbox.Replica.ScalarAsync<object>("SELECT pg_wal_replay_resume()");
            await sandbox.RecoverAsync();
        }
    }

    [Fact]
    public async Task Without_the_identity_provider_the_documented_problem_comes()
    {
        await using var api = await sandbox.Sandbox.StartApiAsync(new Dictionary<string, string?>
        {
            ["Security__Jwt__Authority"] = "http://127.0.0.1:9",
            ["Security__Jwt__Audience"] = "cdrapi",
        });

        await CheckAsync(Example(e => e.Section == "no-authority"), api);
    }

    [Fact]
    public async Task Without_the_session_store_and_beyond_its_limit_the_documented_problems_come()
    {
        await using (var api = await sandbox.Sandbox.StartApiAsync(new Dictionary<string, string?> { ["Sessions__Redis"] = "127.0.0.1:9" }))
        {
            await CheckAsync(Example(e => e.Section == "no-session-store"), api);
        }

        await using (var api = await sandbox.Sandbox.StartApiAsync(new Dictionary<string, string?> { ["Sessions__MaxPerKey"] = "1" }))
        {
            var example = Example(e => e.Section == "too-many-sessions");
            await RunAsync(example.Command, api);
            await CheckAsync(example, api);
        }
    }

    [Fact]
    public async Task Beyond_the_rates_the_documented_problems_come()
    {
        var section = "too-many-requests";
        await using (var api = await sandbox.Sandbox.StartApiAsync(new Dictionary<string, string?> { ["Rates__RequestsPerSecond"] = "1", ["Rates__Burst"] = "1" }))
        {
            // The bucket fills again within a second: one that was full has answered the first.
            await Eventually.BecomesTrueAsync(async () => (await RunAsync(Example(e => e.Section == section).Command, api)).Contains("429", StringComparison.Ordinal));
            await CheckAsync(Example(e => e.Section == section), api);
        }

        section = "too-many-attempts";
        await using (var api = await sandbox.Sandbox.StartApiAsync(new Dictionary<string, string?> { ["Rates__FailedAttemptsPerMinute"] = "1" }))
        {
            await RunAsync(Example(e => e.Section == section).Command, api);
            await CheckAsync(Example(e => e.Section == section), api);
        }

        section = "too-busy";
        await using (var api = await sandbox.Sandbox.StartApiAsync(new Dictionary<string, string?> { ["Lanes__BulkDownloads"] = "1", ["Lanes__Wait"] = "00:00:00" }))
        {
            using var held = await new ApiCaller(api.Url, sandbox.Sandbox.ApiKey, smallReceiveBuffer: true)
                .SendAsync("/cdrs?limit=1000000&type=all&fields=all", streamed: true);
            await CheckAsync(Example(e => e.Section == section), api);
        }

        section = "too-many-downloads";
        await using (var api = await sandbox.Sandbox.StartApiAsync(new Dictionary<string, string?> { ["Rates__BulkDownloads"] = "1" }))
        {
            using var held = await new ApiCaller(api.Url, sandbox.Sandbox.ApiKey, smallReceiveBuffer: true)
                .SendAsync("/cdrs?limit=1000000&type=all&fields=all", streamed: true);
            await CheckAsync(Example(e => e.Section == section), api);
        }
    }

    [Fact]
    public void Every_problem_has_a_section()
    {
        var slugs = typeof(Problem).GetProperties(BindingFlags.Public | BindingFlags.Static).Select(p => p.GetValue(null)).OfType<Problem>().Select(p => p.Slug).ToList();

        slugs.Should().NotBeEmpty();
        DocsExample.Read("errors.md").Split('\n').Where(l => l.StartsWith("## ", StringComparison.Ordinal)).Select(l => l[3..])
            .Should().Contain(slugs);
    }

    [Fact]
    public void The_tables_have_every_field_parameter_and_category()
    {
        var api = DocsExample.Read("api.md");

        foreach (var field in CdrFields.All)
        {
            api.Split('\n').Should().ContainSingle(l => l.StartsWith($"| `{field.Name}` | ", StringComparison.Ordinal)
                && l.Contains(field.Description, StringComparison.Ordinal), field.Name);
        }

        foreach (var parameter in CdrFilterParameters.All.Select(p => p.Name).Concat(["offset", "include_count", "max_staleness", "format", "csv", "tz"]))
        {
            api.Should().MatchRegex($"\n\\|[^|]*`{parameter}`", parameter);
        }

        foreach (var category in CdrResults.Categories)
        {
            api.Should().Contain($" | `{category}` | ");
        }
    }

    private static DocsExample Example(Func<DocsExample, bool> isMeant) =>
        new[] { "api.md", "errors.md" }.SelectMany(DocsExample.Of).First(isMeant);

    private async Task CheckAsync(DocsExample example, ApiProcess api)
    {
        var command = example.Command;
        if (Cursor().Match(command) is { Success: true } cursor)
        {
            // The page before gave another cursor than the one in the document.
            var before = Example(e => e.Answer is { } page && page.Contains($"\"next_cursor\":\"{cursor.Groups[1]}\"", StringComparison.Ordinal));
            var page = JsonDocument.Parse(await RunAsync(before.Command, api)).RootElement;
            command = command.Replace(cursor.Groups[1].Value, page.GetProperty("next_cursor").GetString(), StringComparison.Ordinal);
        }

        var answer = await RunAsync(command, api);
        if (example.Answer is not { } documented)
        {
            return;
        }

        if (!documented.StartsWith('{'))
        {
            // CSV: the same columns.
            answer.Split("\r\n")[0].Should().Be(documented.Split('\n')[0]);
            answer.Split("\r\n").SkipLast(1).Should().HaveCount(documented.Split('\n').Length);
            return;
        }

        var expected = Documents(documented.Replace("$CDR_ACCOUNT", $"{sandbox.Sandbox.Account}", StringComparison.Ordinal));
        var actual = Documents(answer);
        actual.Should().HaveSameCount(expected);
        foreach (var (e, a) in expected.Zip(actual))
        {
            Compare(e, a, "answer", isProblem: false);
        }
    }

    // One document, or one a line.
    private static List<JsonElement> Documents(string text)
    {
        var lines = text.Trim().Split('\n');
        return lines.Length > 1 && Array.TrueForAll(lines, l => l.StartsWith('{') && l.EndsWith('}'))
            ? [.. lines.Select(l => JsonDocument.Parse(l).RootElement)]
            : [JsonDocument.Parse(text).RootElement];
    }

    /// <summary>The same members of the same kinds, and in a problem the same texts.</summary>
    private static void Compare(JsonElement expected, JsonElement actual, string at, bool isProblem)
    {
        if (expected.ValueKind == JsonValueKind.Object && actual.ValueKind == JsonValueKind.Object)
        {
            actual.EnumerateObject().Select(p => p.Name).Should().Equal(expected.EnumerateObject().Select(p => p.Name), at);
            isProblem |= expected.TryGetProperty("trace_id", out _);
            foreach (var member in expected.EnumerateObject())
            {
                Compare(member.Value, actual.GetProperty(member.Name), $"{at}.{member.Name}", isProblem && member.Name != "trace_id");
            }
        }
        else if (expected.ValueKind == JsonValueKind.Array && actual.ValueKind == JsonValueKind.Array)
        {
            actual.GetArrayLength().Should().Be(expected.GetArrayLength(), at);
            foreach (var (e, a) in expected.EnumerateArray().Zip(actual.EnumerateArray()))
            {
                Compare(e, a, at + "[]", isProblem);
            }
        }
        else if (isProblem)
        {
            actual.GetRawText().Should().Be(expected.GetRawText(), at);
        }
        else
        {
            // Any value of a CDR may be null.
            (actual.ValueKind == JsonValueKind.Null || expected.ValueKind == JsonValueKind.Null || actual.ValueKind == expected.ValueKind)
                .Should().BeTrue("{0} is {1}, and the document has {2}", at, actual.GetRawText(), expected.GetRawText());
        }
    }

    private async Task<string> RunAsync(string command, ApiProcess api)
    {
        var directory = Directory.CreateTempSubdirectory("cdr-api-docs-");
        try
        {
            // Without the meter of a transfer, and without brackets meaning something to curl.
            var start = new ProcessStartInfo("bash", ["-c", $"curl() {{ command curl -q -sS -g --noproxy '*' \"$@\"; }}\nset -o pipefail\n{command}"])
            {
                WorkingDirectory = directory.FullName,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            };
            start.Environment["CDR_API_URL"] = api.Url.OriginalString;
            start.Environment["CDR_API_KEY"] = sandbox.Sandbox.ApiKey;
            start.Environment["CDR_ACCOUNT_KEY"] = sandbox.Sandbox.AccountKey;
            start.Environment["TOKEN"] = "some.issued.token";
            start.Environment["CDR_ACCOUNT"] = $"{sandbox.Sandbox.Account}";
            using var process = Process.Start(start)!;
            var output = process.StandardOutput.ReadToEndAsync();
            var errors = process.StandardError.ReadToEndAsync();
            await process.WaitForExitAsync().WaitAsync(TimeSpan.FromMinutes(1));
            process.ExitCode.Should().Be(0, "{0}\n{1}", command, await errors);
            return await output;
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }

    [GeneratedRegex(@"[?&]cursor=([\w-]+)")]
    private static partial Regex Cursor();
}
