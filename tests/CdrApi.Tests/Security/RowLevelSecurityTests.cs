using System.Net;
using System.Runtime.CompilerServices;
using CdrApi.Cdrs;
using CdrApi.Cdrs.Formats;
using CdrApi.Database;
using CdrApi.Replication;
using CdrApi.Statistics;
using CdrSandbox;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace CdrApi.Tests.Security;

/// <summary>The second lock: the shipped policies, with the service's own narrowing and without it.</summary>
public sealed class RowLevelSecurityTests(TestSandbox sandbox) : IAsyncLifetime
{
    private const int Rows = 20_000;

    private static readonly Dictionary<string, string?> Locked = new() { ["Source__Cdrs"] = "locked.cdrs", ["Database__RowLevelSecurity"] = "true" };

    private long Own => sandbox.Sandbox.Account;

    public async ValueTask InitializeAsync()
    {
        await RunAsync(
            $"""
            CREATE SCHEMA locked;
            CREATE TABLE locked.cdrs (LIKE public.cdrs INCLUDING ALL);
            INSERT INTO locked.cdrs SELECT * FROM public.cdrs ORDER BY i_cdr LIMIT {Rows};
            GRANT USAGE ON SCHEMA locked TO cdr_reader;
            GRANT SELECT ON locked.cdrs TO cdr_reader;
            CREATE ROLE switch_writer;
            GRANT USAGE ON SCHEMA locked TO switch_writer;
            GRANT SELECT, INSERT, UPDATE, DELETE ON locked.cdrs TO switch_writer;
            """);
        // Run again without harm.
        await RunFileAsync("row-level-security.sql");
        await RunFileAsync("row-level-security.sql");
        await ReplayedAsync("SELECT count(*) = 2 FROM pg_policies WHERE schemaname = 'locked'");
    }

    public async ValueTask DisposeAsync()
    {
        await RunAsync("DROP SCHEMA locked CASCADE; DROP ROLE switch_writer");
        await ReplayedAsync("SELECT to_regnamespace('locked') IS NULL");
    }

    [Fact]
    public async Task With_both_locks_every_answer_is_what_it_was_with_one()
    {
        await using var api = await sandbox.Sandbox.StartApiAsync(Locked);
        var (own, all) = (new ApiCaller(api.Url, sandbox.Sandbox.AccountKey), new ApiCaller(api.Url, sandbox.Sandbox.ApiKey));
        var mine = await sandbox.Replica.ScalarAsync<long[]>($"SELECT array_agg(i_cdr ORDER BY i_cdr) FROM locked.cdrs WHERE i_account = {Own}");
        var foreign = await sandbox.Replica.ScalarAsync<long>($"SELECT i_cdr FROM locked.cdrs WHERE i_account <> {Own} LIMIT 1");

        (await IdsAsync(own)).Should().Equal(mine);
        (await IdsAsync(all)).Should().HaveCount(Rows);
        (await all.GetAsync("/cdrs?type=all&limit=1&include_count=true")).GetProperty("total").GetInt64().Should().Be(Rows);
        (await own.GetAsync("/cdrs?type=all&limit=1&include_count=true")).GetProperty("total").GetInt64().Should().Be(mine!.Length);
        (await own.GetAsync("/cdrs/stats?type=all")).GetProperty("totals").GetProperty("calls").GetInt64().Should().Be(mine.Length);
        (await all.GetAsync("/cdrs/stats?type=all")).GetProperty("totals").GetProperty("calls").GetInt64().Should().Be(Rows);
        var results = (await own.PostAsync("/cdrs/batch", """{"queries":[{"type":"all","limit":100000,"fields":"i_cdr"}]}""")).GetProperty("results");
        results[0].GetProperty("count").GetInt32().Should().Be(mine.Length);
        await own.GetAsync($"/cdrs/{mine[0]}");
        await own.GetAsync($"/cdrs/{foreign}", HttpStatusCode.NotFound);
        await all.GetAsync($"/cdrs/{foreign}");
        await own.GetAsync($"/accounts/{Own + 1}/cdrs", HttpStatusCode.Forbidden);
    }

    [Fact]
    public async Task With_the_second_lock_alone_a_caller_still_sees_only_its_own()
    {
        await using var app = await StartInProcessAsync();
        var slices = app.Services.GetRequiredService<CdrSlices>();
        var mine = await sandbox.Replica.ScalarAsync<long>($"SELECT count(*) FROM locked.cdrs WHERE i_account = {Own}");
        // A filter that names no account, or a foreign one: what a service without narrowing would ask.
        var (everything, foreign) = (new CdrFilter { Type = CdrType.All }, new CdrFilter { Type = CdrType.All, Accounts = [Own + 1] });
        var (own, all, nobody) = (Terms([Own]), Terms(null), Terms([]));

        ((long)await CountAsync(slices, everything, own)).Should().Be(mine);
        (await CountAsync(slices, foreign, own)).Should().Be(0);
        (await slices.CountAsync(everything, own, CancellationToken.None)).Should().Be(mine);
        (await CountAsync(slices, everything, all)).Should().Be(Rows);
        (await CountAsync(slices, everything, nobody)).Should().Be(0);

        var statistics = app.Services.GetRequiredService<StatisticsSlices>();
        using var rows = new SliceBuffer();
        using var totals = new SliceBuffer();
        var byAccount = StatisticsGroup.All.Single(g => g.Name == "i_account");
        var result = await statistics.ReadAsync(statistics.Source, new StatisticsQuery(everything, own, [byAccount], "UTC", [], 1000),
            CdrFormat.Json, rows, totals, CancellationToken.None);
        result.Groups.Should().Be(1);
    }

    [Fact]
    public async Task The_database_shows_the_reader_nothing_unless_told_and_nobody_else_anything_less()
    {
        await using var reader = await sandbox.Replica.OpenConnectionAsync();
        await RunAsync(reader, "SET ROLE cdr_reader");

        (await CountAsync(reader)).Should().Be(0);
        foreach (var (accounts, expected) in new[]
        {
            ("*", Rows), ("{}", 0), ("", 0),
            ($"{{{Own}}}", await sandbox.Replica.ScalarAsync<long>($"SELECT count(*) FROM locked.cdrs WHERE i_account = {Own}")),
        })
        {
            await RunAsync(reader, $"SELECT set_config('cdrapi.accounts', '{accounts}', false)");
            (await CountAsync(reader)).Should().Be(expected, "of {0}", accounts);
        }

        // What a pool does with a connection that comes back.
        await RunAsync(reader, "RESET ALL");
        (await CountAsync(reader)).Should().Be(0);

        await using var writer = await sandbox.Primary.OpenConnectionAsync();
        await RunAsync(writer, "SET ROLE switch_writer");
        (await CountAsync(writer)).Should().Be(Rows);
        await RunAsync(writer, "BEGIN; UPDATE locked.cdrs SET cost = 0; DELETE FROM locked.cdrs; INSERT INTO locked.cdrs SELECT * FROM locked.cdrs; ROLLBACK");
    }

    [Fact]
    public async Task Policies_without_the_setting_and_the_setting_without_policies_end_the_start()
    {
        await ShouldEndAsync(new() { ["Source__Cdrs"] = "locked.cdrs" }, "Set Database:RowLevelSecurity=true");
        await ShouldEndAsync(new() { ["Database__RowLevelSecurity"] = "true" }, "Run deploy/postgres/primary/row-level-security.sql");

        await RunAsync("DROP POLICY cdr_reader_accounts ON locked.cdrs");
        await ReplayedAsync("SELECT count(*) = 1 FROM pg_policies WHERE schemaname = 'locked'");
        await ShouldEndAsync(new(Locked), "no row-level security that looks at the accounts of cdr_reader");

        await RunFileAsync("row-level-security-undo.sql");
        await ReplayedAsync("SELECT count(*) = 0 FROM pg_policies WHERE schemaname = 'locked'");
        await using var api = await sandbox.Sandbox.StartApiAsync(new Dictionary<string, string?> { ["Source__Cdrs"] = "locked.cdrs" });
        (await IdsAsync(new ApiCaller(api.Url, sandbox.Sandbox.ApiKey))).Should().HaveCount(Rows);
    }

    private static async Task<List<long>> IdsAsync(ApiCaller caller) =>
        [.. (await caller.GetAsync("/cdrs?type=all&limit=1000000&fields=i_cdr")).GetProperty("data").EnumerateArray().Select(r => r.GetProperty("i_cdr").GetInt64()).Order()];

    private static async Task<long> CountAsync(NpgsqlConnection connection)
    {
        await using var command = new NpgsqlCommand("SELECT count(*) FROM locked.cdrs", connection);
        return (long)(await command.ExecuteScalarAsync())!;
    }

    private static ReadTerms Terms(IReadOnlyList<long>? accounts) => ReadTerms.OfService with { Accounts = accounts };

    private static async Task<int> CountAsync(CdrSlices slices, CdrFilter filter, ReadTerms terms)
    {
        using var buffer = new SliceBuffer();
        var query = new CdrQuery(filter, CdrOrder.Desc, new CdrSelection(slices.Source, []));
        var count = 0;
        foreach (var phase in Enum.GetValues<CdrPhase>())
        {
            var slice = await slices.ReadAsync(query, terms, phase, null, Rows + 1, CdrRows.None, buffer, null, CancellationToken.None);
            count += slice.Count;
        }

        return count;
    }

    private async Task<WebApplication> StartInProcessAsync()
    {
        var builder = WebApplication.CreateBuilder();
        builder.Configuration.AddInMemoryCollection(Locked.ToDictionary(o => o.Key.Replace("__", ":", StringComparison.Ordinal), o => o.Value));
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["Urls"] = "http://127.0.0.1:0",
            ["Database:ConnectionString"] = sandbox.Sandbox.ReaderConnectionString,
        });
        builder.AddReplication();
        builder.AddDatabase();
        builder.AddCdrs();
        builder.AddStatistics();
        var app = builder.Build();
        await app.StartAsync();
        await Eventually.BecomesTrueAsync(() => Task.FromResult(
            app.Services.GetRequiredService<ReplicaChecks>().HavePassed && app.Services.GetRequiredService<Replicas>().All[0].Standing.InRotation));
        return app;
    }

    private async Task ShouldEndAsync(Dictionary<string, string?> environment, string message)
    {
        var starting = () => sandbox.Sandbox.StartApiAsync(environment);

        (await starting.Should().ThrowAsync<SandboxException>()).Which.Message.Should().Contain("exit code 1").And.Contain(message);
    }

    private async Task RunFileAsync(string file)
    {
        await using var connection = await sandbox.Primary.OpenConnectionAsync();
        await RunAsync(connection, "SET search_path = locked");
        await RunAsync(connection, await File.ReadAllTextAsync(Path.Combine(Here(), "../../../deploy/postgres/primary", file)));
    }

    private async Task RunAsync(string sql)
    {
        await using var connection = await sandbox.Primary.OpenConnectionAsync();
        await RunAsync(connection, sql);
    }

    private static async Task RunAsync(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }

    private async Task ReplayedAsync(string condition) =>
        await Eventually.BecomesTrueAsync(async () => await sandbox.Replica.ScalarAsync<bool>(condition));

    private static string Here([CallerFilePath] string path = "") => Path.GetDirectoryName(path)!;
}
