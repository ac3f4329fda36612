using CdrSandbox;
using Npgsql;

namespace CdrApi.Tests;

/// <summary>A sandbox whose primary has another time than the rest of the machine.</summary>
public sealed class SandboxClockTests(TestSandbox sandbox)
{
    [Theory]
    [InlineData(180)]
    [InlineData(-90.5)]
    public async Task The_primary_s_clock_is_off_and_the_standby_streams(double seconds)
    {
        Assert.SkipWhen(sandbox.Sandbox.PgBin is null, "Needs a server on this machine: install postgresql.");
        var offset = TimeSpan.FromSeconds(seconds);
        await using var own = await StartAsync(offset);
        await using var primary = NpgsqlDataSource.Create(own.Primary.ConnectionString);
        await using var standby = NpgsqlDataSource.Create(own.Standbys[0].ConnectionString);

        var ahead = await TimeAsync(primary) - await TimeAsync(standby);
        ahead.Should().BeCloseTo(offset, TimeSpan.FromSeconds(5));

        await primary.CreateCommand("CREATE TABLE told AS SELECT 1 AS n").ExecuteNonQueryAsync();
        await Eventually.BecomesTrueAsync(() => standby.ScalarAsync<bool>("SELECT to_regclass('told') IS NOT NULL"));

        // Of the same message: when it was sent, by the primary's clock, and when it arrived, by the standby's.
        const string Receiver = "FROM pg_stat_wal_receiver WHERE status = 'streaming'";
        (await standby.ScalarAsync<TimeSpan>($"SELECT last_msg_send_time - last_msg_receipt_time {Receiver}"))
            .Should().BeCloseTo(offset, TimeSpan.FromSeconds(5));

        await own.Primary.StopAsync();
        await own.Primary.StartAsync();
        primary.Clear();
        ahead = await TimeAsync(primary) - await TimeAsync(standby);
        ahead.Should().BeCloseTo(offset, TimeSpan.FromSeconds(5), "a restart does not mend it");
    }

    private static async Task<Sandbox> StartAsync(TimeSpan offset)
    {
        var options = new SandboxOptions
        {
            Rows = 100,
            CallsPerSecond = 0,
            StartApi = false,
            PrimaryClockOffset = offset,
        };
        try
        {
            return await Sandbox.StartAsync(options, TextWriter.Null);
        }
        catch (SandboxException e) when (e.Message.EndsWith("install faketime.", StringComparison.Ordinal))
        {
            Assert.Skip("Needs faketime: install faketime.");
            throw;
        }
    }

    private static Task<DateTime> TimeAsync(NpgsqlDataSource server) =>
        server.ScalarAsync<DateTime>("SELECT clock_timestamp()");
}
