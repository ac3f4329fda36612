using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using CdrSandbox;
using Npgsql;

namespace CdrApi.Tests.Replication;

/// <summary>What is measured between two clocks, when they are not the same, and when messages do not come.</summary>
public sealed class ClockTests(TestSandbox sandbox)
{
    private static long _lastId = 999_500_000_000;

    [Theory]
    [InlineData(180)]
    [InlineData(-180)]
    public async Task As_of_is_by_the_clock_of_the_primary_and_no_call_is_skipped_from_it_on(double seconds)
    {
        Assert.SkipWhen(sandbox.Sandbox.PgBin is null, "Needs a server on this machine: install postgresql.");
        var options = new SandboxOptions
        {
            Rows = 500,
            Accounts = 5,
            CallsPerSecond = 0,
            StartApi = false,
            PrimaryClockOffset = TimeSpan.FromSeconds(seconds),
        };
        await using var own = await Sandbox.StartAsync(options, TextWriter.Null);
        await using var primary = NpgsqlDataSource.Create(own.Primary.ConnectionString);
        await using var standby = NpgsqlDataSource.Create(own.Standbys[0].ConnectionString + ";Pooling=false");
        await using var api = await own.StartApiAsync(new Dictionary<string, string?> { ["Replica__PollInterval"] = "00:00:00.2" });
        var caller = new ApiCaller(api.Url, own.ApiKey);

        await Eventually.BecomesTrueAsync(async () => (await HealthAsync(api)).GetProperty("status").GetString() == "warn");
        var check = await HealthAsync(api);
        check.GetProperty("observed_value").GetDouble().Should().BeApproximately(-seconds, 5);
        check.GetProperty("output").GetString().Should().Contain(seconds > 0 ? "behind" : "ahead of");
        var lag = await new ApiCaller(api.Url, null).GetAsync("/replication-lag");
        lag.GetProperty("clock_skew_seconds").GetDouble().Should().BeApproximately(-seconds, 5);
        lag.GetProperty("status").GetString().Should().Be("ok");

        // A receiver that begins has nothing from the primary, and its own time for it.
        await primary.ScalarAsync<object>("SELECT pg_switch_wal()");
        await standby.ScalarAsync<bool>("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE backend_type = 'walreceiver'");
        for (var i = 0; i < 5; i++)
        {
            var asOf = await AsOfAsync(caller);
            asOf.Should().BeOnOrBefore(await primary.ScalarAsync<DateTime>("SELECT clock_timestamp()"));
            var id = await CallAsync(primary, standby);
            (await IdsFromAsync(caller, asOf)).Should().Contain(id);
        }

        // Not caught up: behind by the primary's clock.
        await standby.ScalarAsync<object>("SELECT pg_wal_replay_pause()");
        await InsertAsync(primary);
        await Eventually.BecomesTrueAsync(async () => await LagAsync(api) > 1);
        (await LagAsync(api)).Should().BeLessThan(60, "the clocks' difference is no lag");
        await standby.ScalarAsync<object>("SELECT pg_wal_replay_resume()");
    }

    [Fact]
    public async Task While_nothing_comes_from_the_primary_nothing_is_promised()
    {
        await using var api = await sandbox.Sandbox.StartApiAsync(new Dictionary<string, string?> { ["Replica__PollInterval"] = "00:00:00.1" });
        var caller = new ApiCaller(api.Url, sandbox.Sandbox.ApiKey);
        var sender = await sandbox.Primary.ScalarAsync<int>("SELECT pid FROM pg_stat_replication");
        long id;
        DateTimeOffset asOf;
        Signal(sender, "STOP");
        try
        {
            id = await InsertAsync(sandbox.Primary);
            var committed = await sandbox.Primary.ScalarAsync<DateTime>("SELECT clock_timestamp()");
            // A standby that took its own time for the primary's would claim that it has the call by now.
            await Eventually.BecomesTrueAsync(async () => await sandbox.Primary.ScalarAsync<DateTime>("SELECT clock_timestamp()") > committed.AddSeconds(1));
            asOf = await AsOfAsync(caller);
            asOf.Should().BeBefore(committed);
        }
        finally
        {
            Signal(sender, "CONT");
            await sandbox.RecoverAsync();
        }

        await Eventually.BecomesTrueAsync(() => sandbox.Replica.ScalarAsync<bool>($"SELECT EXISTS (SELECT FROM cdrs WHERE i_cdr = {id})"));
        (await IdsFromAsync(caller, asOf)).Should().Contain(id);
        await sandbox.Primary.CreateCommand($"DELETE FROM cdrs WHERE i_cdr = {id}").ExecuteNonQueryAsync();
        await Eventually.BecomesTrueAsync(() => sandbox.Replica.ScalarAsync<bool>($"SELECT NOT EXISTS (SELECT FROM cdrs WHERE i_cdr = {id})"));
    }

    private static async Task<JsonElement> HealthAsync(ApiProcess api) =>
        (await new ApiCaller(api.Url, null).GetAsync("/health")).GetProperty("checks").GetProperty("clock");

    private static async Task<double> LagAsync(ApiProcess api) =>
        (await new ApiCaller(api.Url, null).GetAsync("/replication-lag")).GetProperty("lag_seconds").GetDouble();

    private static async Task<DateTimeOffset> AsOfAsync(ApiCaller caller) =>
        (await caller.GetAsync("/cdrs?limit=1")).GetProperty("as_of").GetDateTimeOffset();

    private static async Task<List<long>> IdsFromAsync(ApiCaller caller, DateTimeOffset start) =>
        [.. (await caller.GetAsync($"/cdrs?type=all&limit=1000&fields=i_cdr&start_date={start.UtcDateTime:yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'}"))
            .GetProperty("data").EnumerateArray().Select(r => r.GetProperty("i_cdr").GetInt64())];

    /// <summary>A call that connects and ends now, by the primary's clock, and has arrived at the standby.</summary>
    private static async Task<long> CallAsync(NpgsqlDataSource primary, NpgsqlDataSource standby)
    {
        var id = await InsertAsync(primary);
        await Eventually.BecomesTrueAsync(() => standby.ScalarAsync<bool>($"SELECT EXISTS (SELECT FROM cdrs WHERE i_cdr = {id})"));
        return id;
    }

    private static async Task<long> InsertAsync(NpgsqlDataSource primary)
    {
        var id = Interlocked.Increment(ref _lastId);
        await primary.CreateCommand("INSERT INTO cdrs (i_cdr, i_call, i_account, result, duration, connect_time) "
            + $"VALUES ({id}, {id}, 1, 0, 0.5, clock_timestamp())").ExecuteNonQueryAsync();
        return id;
    }

    private static void Signal(int process, string signal)
    {
        using var kill = Process.Start("kill", ["-" + signal, process.ToString(CultureInfo.InvariantCulture)]);
        kill.WaitForExit();
        kill.ExitCode.Should().Be(0);
    }
}
