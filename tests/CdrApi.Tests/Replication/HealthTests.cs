using System.Net;

namespace CdrApi.Tests.Replication;

public sealed class HealthTests(TestSandbox sandbox)
{
    [Fact]
    public async Task Health_passes_with_a_check_each()
    {
        using var response = await sandbox.Nobody.SendAsync("/health");
        response.Content.Headers.ContentType!.MediaType.Should().Be("application/health+json");

        var health = await sandbox.Nobody.GetAsync("/health");

        health.GetProperty("status").GetString().Should().Be("pass");
        health.GetProperty("checks").EnumerateObject().Select(c => (c.Name, c.Value.GetProperty("status").GetString())).Should().Equal(
            ("replica", "pass"), ("lag", "pass"), ("clock", "pass"), ("pool", "pass"), ("reference_data", "pass"), ("source", "pass"), ("configuration", "pass"));
        (await sandbox.Nobody.GetAsync("/health/live")).GetProperty("status").GetString().Should().Be("pass");
        (await sandbox.Nobody.GetAsync("/health/ready")).GetProperty("status").GetString().Should().Be("pass");
    }

    [Fact]
    public async Task A_standby_that_has_caught_up_is_not_behind()
    {
        var lag = default(System.Text.Json.JsonElement);
        await Eventually.BecomesTrueAsync(async () =>
        {
            lag = await sandbox.Nobody.GetAsync("/replication-lag");
            return lag.GetProperty("lag_seconds").GetDouble() == 0;
        });

        lag.EnumerateObject().Select(p => p.Name).Should().Equal("status", "lag_seconds", "clock_skew_seconds", "streaming", "last_message_age_seconds",
            "bytes_behind", "receive_lsn", "replay_lsn", "in_recovery", "measured_at", "replicas");
        lag.GetProperty("status").GetString().Should().Be("ok");
        lag.GetProperty("lag_seconds").GetDouble().Should().Be(0);
        lag.GetProperty("streaming").GetBoolean().Should().BeTrue();
        lag.GetProperty("in_recovery").GetBoolean().Should().BeTrue();
        lag.GetProperty("last_message_age_seconds").GetDouble().Should().BeInRange(0, 45);
        lag.GetProperty("receive_lsn").GetString().Should().Be(lag.GetProperty("replay_lsn").GetString());
        lag.GetProperty("replicas").GetArrayLength().Should().Be(1);
    }

    [Fact]
    public async Task A_paused_standby_is_seen_with_its_lag_and_leaves_the_rotation_when_stale()
    {
        await using var api = await sandbox.Sandbox.StartApiAsync(new Dictionary<string, string?>
        {
            ["Replica__PollInterval"] = "00:00:00.1",
            ["Replica__LagLimit"] = "00:00:01",
            ["Replica__MaxStaleness"] = "00:00:02",
        });
        var nobody = new ApiCaller(api.Url, null);
        await sandbox.Replica.ScalarAsync<object>("SELECT pg_wal_replay_pause()");
        try
        {
            // Paused takes effect with the next record.
            await sandbox.Primary.ScalarAsync<object>("SELECT pg_logical_emit_message(true, 'test', 'a commit to wait for')");
            await Eventually.BecomesTrueAsync(async () => await StatusAsync(nobody) == "paused");

            await Eventually.BecomesTrueAsync(async () =>
                (await nobody.GetAsync("/replication-lag")).GetProperty("lag_seconds").GetDouble() > 1);
            await Eventually.BecomesTrueAsync(async () =>
            {
                using var ready = await nobody.SendAsync("/health/ready");
                return ready.StatusCode == HttpStatusCode.ServiceUnavailable;
            });
            var health = await nobody.GetAsync("/health", HttpStatusCode.ServiceUnavailable);
            health.GetProperty("checks").GetProperty("replica").GetProperty("output").GetString().Should().Contain("paused");
            var problem = await new ApiCaller(api.Url, sandbox.Sandbox.ApiKey).GetAsync("/cdrs?limit=1", HttpStatusCode.ServiceUnavailable);
            problem.GetProperty("type").GetString().Should().Be("/problems/no-replica");
        }
        finally
        {
            await sandbox.Replica.ScalarAsync<object>("SELECT pg_wal_replay_resume()");
            await sandbox.RecoverAsync();
        }

        await Eventually.BecomesTrueAsync(async () => await StatusAsync(nobody) == "ok");
        (await nobody.GetAsync("/health")).GetProperty("status").GetString().Should().Be("pass");
    }

    private static async Task<string?> StatusAsync(ApiCaller caller) =>
        (await caller.GetAsync("/replication-lag")).GetProperty("status").GetString();
}
