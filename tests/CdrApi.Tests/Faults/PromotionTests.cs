using System.Net;
using CdrSandbox;
using Npgsql;

namespace CdrApi.Tests.Faults;

public sealed class PromotionTests(TestSandbox sandbox)
{
    [Fact]
    public async Task A_promoted_standby_gets_no_queries_and_without_another_there_are_no_answers()
    {
        _ = sandbox.Sandbox;
        await using var own = await Sandbox.StartAsync(new SandboxOptions { Rows = 2000, Accounts = 20, Standbys = 2, CallsPerSecond = 0, StartApi = false }, TextWriter.Null);
        await using var api = await own.StartApiAsync(new Dictionary<string, string?> { ["Replica__PollInterval"] = "00:00:00.2" });
        var caller = new ApiCaller(api.Url, own.ApiKey);
        await using var first = NpgsqlDataSource.Create(own.Standbys[0].ConnectionString + ";Pooling=false");
        await using var second = NpgsqlDataSource.Create(own.Standbys[1].ConnectionString + ";Pooling=false");

        await first.ScalarAsync<bool>("SELECT pg_promote()");
        await Eventually.BecomesTrueAsync(async () => await StatesAsync(api) is ["not_a_standby", "ok"]);
        // What it alone has is in no answer.
        await using (var write = first.CreateCommand("DELETE FROM cdrs"))
        {
            await write.ExecuteNonQueryAsync();
        }

        for (var i = 0; i < 10; i++)
        {
            (await caller.GetAsync("/cdrs?type=all&limit=5000")).GetProperty("count").GetInt32().Should().Be(2000);
        }

        await second.ScalarAsync<bool>("SELECT pg_promote()");
        await Eventually.BecomesTrueAsync(async () => await StatesAsync(api) is ["not_a_standby", "not_a_standby"]);
        (await caller.GetAsync("/cdrs", HttpStatusCode.ServiceUnavailable)).GetProperty("type").GetString().Should().Be("/problems/no-replica");
    }

    [Fact]
    public async Task Nothing_that_a_promoted_standby_answers_is_used_before_the_monitor_notices()
    {
        _ = sandbox.Sandbox;
        await using var own = await Sandbox.StartAsync(new SandboxOptions { Rows = 2000, Accounts = 20, Standbys = 2, CallsPerSecond = 0, StartApi = false }, TextWriter.Null);
        await using var api = await own.StartApiAsync(new Dictionary<string, string?> { ["Replica__PollInterval"] = "00:01:00" });
        var caller = new ApiCaller(api.Url, own.ApiKey);
        await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => caller.GetAsync("/cdrs?limit=1")));
        await using var first = NpgsqlDataSource.Create(own.Standbys[0].ConnectionString + ";Pooling=false");

        await first.ScalarAsync<bool>("SELECT pg_promote()");
        await using (var write = first.CreateCommand("DELETE FROM cdrs"))
        {
            await write.ExecuteNonQueryAsync();
        }

        for (var i = 0; i < 10; i++)
        {
            (await caller.GetAsync("/cdrs?type=all&limit=5000")).GetProperty("count").GetInt32().Should().Be(2000);
            (await caller.GetAsync("/cdrs/stats?type=all")).GetProperty("totals").GetProperty("calls").GetInt64().Should().Be(2000);
        }
    }

    private static async Task<string?[]> StatesAsync(ApiProcess api) =>
        [.. (await new ApiCaller(api.Url, null).GetAsync("/replication-lag")).GetProperty("replicas").EnumerateArray().Select(r => r.GetProperty("status").GetString())];
}
