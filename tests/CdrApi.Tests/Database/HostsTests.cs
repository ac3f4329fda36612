using System.Globalization;
using CdrApi.Database;
using CdrSandbox;
using Npgsql;

namespace CdrApi.Tests.Database;

/// <summary>Several hosts, of which some must not be read from.</summary>
public sealed class HostsTests(TestSandbox sandbox)
{
    private string Primary => string.Create(CultureInfo.InvariantCulture, $"{sandbox.Sandbox.Primary.Address.Host}:{sandbox.Sandbox.Primary.Address.Port}");

    private string Standby => string.Create(CultureInfo.InvariantCulture, $"{sandbox.Sandbox.Standbys[0].Address.Host}:{sandbox.Sandbox.Standbys[0].Address.Port}");

    [Theory]
    [InlineData("primary,standby")]
    [InlineData("standby,primary")]
    [InlineData("primary,nowhere,standby")]
    public async Task One_that_passes_is_enough_and_the_others_are_told_and_not_read_from(string hosts)
    {
        var text = hosts.Replace("primary", Primary, StringComparison.Ordinal).Replace("standby", Standby, StringComparison.Ordinal)
            .Replace("nowhere", $"127.0.0.1:{FreePort.Next()}", StringComparison.Ordinal);
        await using var api = await StartAsync(text);
        var caller = new ApiCaller(api.Url, sandbox.Sandbox.ApiKey);

        for (var i = 0; i < 10; i++)
        {
            await caller.GetAsync("/cdrs?limit=1");
        }

        await Eventually.BecomesTrueAsync(() => Task.FromResult(api.ReadLog().Contains("is not a standby (pg_is_in_recovery() is false)", StringComparison.Ordinal)));
        var health = await new ApiCaller(api.Url, null).GetAsync("/health");
        health.GetProperty("status").GetString().Should().Be("warn");
        health.GetProperty("checks").GetProperty("replica").GetProperty("output").GetString().Should().Contain($"{Primary} is not a standby");
        (await sandbox.Primary.ScalarAsync<long>("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'CdrApi' AND query LIKE '%connect_time%'"))
            .Should().Be(0, "the primary is not read from");
    }

    [Fact]
    public async Task Where_none_passes_the_start_ends_and_says_why_of_each()
    {
        var starting = () => StartAsync($"{Primary},localhost:{sandbox.Sandbox.Primary.Address.Port}");

        var message = (await starting.Should().ThrowAsync<SandboxException>()).Which.Message;
        message.Should().Contain("exit code 1").And.Contain($"{Primary} is not a standby").And.Contain($"localhost:{sandbox.Sandbox.Primary.Address.Port} is not a standby");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_standby_that_stays_behind_with_a_column_is_not_read_from_and_holds_up_no_other(bool startsAfterwards)
    {
        _ = sandbox.Sandbox;
        await using var own = await Sandbox.StartAsync(
            new SandboxOptions { Rows = 2000, Accounts = 5, Standbys = 2, CallsPerSecond = 0, StartApi = false }, TextWriter.Null);
        var settings = new Dictionary<string, string?> { ["Replica__PollInterval"] = "00:00:00.2" };
        var before = startsAfterwards ? null : await own.StartApiAsync(settings);
        await using var behind = NpgsqlDataSource.Create(own.Standbys[0].ConnectionString + ";Pooling=false");
        await using var ahead = NpgsqlDataSource.Create(own.Standbys[1].ConnectionString + ";Pooling=false");
        await using var primary = NpgsqlDataSource.Create(own.Primary.ConnectionString);
        await behind.ScalarAsync<object>("SELECT pg_wal_replay_pause()");
        await primary.CreateCommand("ALTER TABLE cdrs ALTER cost TYPE numeric").ExecuteNonQueryAsync();
        await Eventually.BecomesTrueAsync(() => ahead.ScalarAsync<bool>(
            "SELECT format_type(atttypid, NULL) = 'numeric' FROM pg_attribute WHERE attrelid = 'cdrs'::regclass AND attname = 'cost'"));
        await using var api = before ?? await own.StartApiAsync(settings);
        var caller = new ApiCaller(api.Url, own.ApiKey);

        await Eventually.BecomesTrueAsync(async () =>
        {
            var answers = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => caller.SendAsync("/cdrs?limit=5")));
            return answers.All(a => a.IsSuccessStatusCode);
        });
        await Eventually.BecomesTrueAsync(async () => (await new ApiCaller(api.Url, null).GetAsync("/replication-lag")).GetProperty("replicas")
            .EnumerateArray().Select(r => r.GetProperty("in_rotation").GetBoolean()).SequenceEqual([false, true]));
        await new ApiCaller(api.Url, null).GetAsync("/health/ready");
        for (var i = 0; i < 20; i++)
        {
            await caller.GetAsync("/cdrs?limit=5");
        }

        await behind.ScalarAsync<object>("SELECT pg_wal_replay_resume()");
        await Eventually.BecomesTrueAsync(async () => (await new ApiCaller(api.Url, null).GetAsync("/health")).GetProperty("status").GetString() == "pass");
    }

    [Fact]
    public async Task An_older_look_of_the_monitor_puts_no_promoted_standby_back()
    {
        _ = sandbox.Sandbox;
        await using var own = await Sandbox.StartAsync(new SandboxOptions { Rows = 100, Accounts = 5, CallsPerSecond = 0, StartApi = false }, TextWriter.Null);
        await using var pool = NpgsqlDataSource.Create(own.ReaderConnectionString);
        await using var monitor = NpgsqlDataSource.Create(own.ReaderConnectionString);
        await using var replica = new Replica("standby", pool, monitor);
        var look = new ReplicaStanding(true, TimeSpan.Zero, replica.Promotions);
        replica.Standing = look;
        await using (var open = await replica.OpenAsync(null, CancellationToken.None))
        {
            replica.Standing.InRotation.Should().BeTrue();
            await using var superuser = NpgsqlDataSource.Create(own.Standbys[0].ConnectionString + ";Pooling=false");
            await superuser.ScalarAsync<bool>("SELECT pg_promote()");
            await using (var query = new NpgsqlCommand("SELECT 1", open.Connection))
            {
                await query.ExecuteScalarAsync();
            }

            var asking = open.Complete;
            asking.Should().Throw<PromotedException>();
            // To let go of it says nothing more.
        }

        replica.Standing.InRotation.Should().BeFalse();
        replica.Standing = look;
        replica.Standing.InRotation.Should().BeFalse("that look was before the promotion");
        replica.Standing = look with { Promotions = replica.Promotions };
        replica.Standing.InRotation.Should().BeTrue("this one is newer: the server has become a standby again");
    }

    private Task<ApiProcess> StartAsync(string hosts) => sandbox.Sandbox.StartApiAsync(new Dictionary<string, string?>
    {
        ["Database__ConnectionString"] = new NpgsqlConnectionStringBuilder(sandbox.Sandbox.ReaderConnectionString) { Host = hosts }.ConnectionString,
        ["Replica__PollInterval"] = "00:00:00.2",
    });
}
