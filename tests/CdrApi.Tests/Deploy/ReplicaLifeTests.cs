using System.Diagnostics;

namespace CdrApi.Tests.Deploy;

/// <summary>cdrapi-replica interrupted, run again, reconfigured, and taken back.</summary>
[Collection(DeployPostgres.Name)]
public sealed class ReplicaLifeTests(TestSandbox whereThereIsAServer, DeploySandbox deploy) : IAsyncLifetime
{
    public async ValueTask InitializeAsync() => await deploy.StartAsync(whereThereIsAServer);

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task Ended_midway_it_takes_back_what_it_made()
    {
        var place = deploy.AddDirectory();
        using var run = await StartCopyAsync(place);

        using var kill = Process.Start("kill", ["-TERM", $"{run.Id}"]);
        var ended = await Script.EndAsync(run);

        ended.ExitCode.Should().Be(143, ended.Output);
        ended.Output.Should().Contain($"dropped the slot {place.Slot}");
        Directory.Exists(place.Half).Should().BeFalse();
        Directory.Exists(place.Data).Should().BeFalse();
        (await place.HasSlotAsync()).Should().BeFalse();
        await Eventually.BecomesTrueAsync(() => Task.FromResult(RunningIn(place).Count == 0));
    }

    [Fact]
    public async Task Killed_midway_it_begins_anew_and_then_can_be_removed_with_all_that_it_made()
    {
        var place = deploy.AddDirectory();
        place.WriteOperatorsSettings();
        using (var run = await StartCopyAsync(place))
        {
            run.Kill();
            await run.WaitForExitAsync();
        }

        // The copy goes on by itself: nobody else touches what it writes.
        (await place.RunAsync()).Output.Should().Contain("Another cdrapi-replica is at work");
        foreach (var left in RunningIn(place))
        {
            left.Kill();
            await left.WaitForExitAsync();
        }

        await Eventually.BecomesTrueAsync(async () => await deploy.Primary.ScalarAsync<bool>($"SELECT NOT active FROM pg_replication_slots WHERE slot_name = '{place.Slot}'"));
        var again = await place.RunAsync();
        again.ExitCode.Should().Be(0, again.Output);
        again.Output.Should().Contain("an earlier run was interrupted").And.Contain("streams from");
        Directory.Exists(place.Half).Should().BeFalse();

        var removed = await place.RunAsync("--remove", "--drop-slot");
        removed.ExitCode.Should().Be(0, removed.Output);
        Directory.Exists(place.Data).Should().BeFalse();
        (await place.HasSlotAsync()).Should().BeFalse();
        (await File.ReadAllTextAsync(Path.Combine(place.Config, "pg_hba.conf"))).Should().Be("local all all trust\n");
        Directory.EnumerateFiles(place.Config, "*", SearchOption.AllDirectories).Select(Path.GetFileName)
            .Should().BeEquivalentTo("postgresql.conf", "pg_hba.conf", "ca.pem", "fullchain.pem", "privkey.pem", "tls.conf");
        (await place.RunAsync("--remove", "--drop-slot")).Output.Should().Contain("there is no standby of this");
    }

    [Fact]
    public async Task A_stopped_standby_is_started_a_changed_one_reconfigured_and_a_promoted_one_left_alone()
    {
        var place = deploy.AddDirectory();
        (await place.RunAsync()).ExitCode.Should().Be(0);

        await StopAsync(place);
        var started = await place.RunAsync();
        started.ExitCode.Should().Be(0, started.Output);
        started.Output.Should().Contain("streams from").And.NotContain("copying");

        // What the primary raises, the standby must have before it can go on.
        await File.AppendAllTextAsync(place.Settings, "max_connections = 200\nmax_wal_senders = 30\n");
        var looked = await place.RunAsync();
        looked.ExitCode.Should().Be(0, looked.Output);
        looked.Output.Should().Contain("Would be written otherwise now: conf.d/cdrapi.conf").And.Contain("nothing was changed");
        var changed = await place.RunAsync("--reconfigure");
        changed.ExitCode.Should().Be(0, changed.Output);
        changed.Output.Should().Contain($"wrote {place.Settings}").And.Contain("streams from");
        (await File.ReadAllTextAsync(place.Settings)).Should().NotContain("max_wal_senders = 30");

        await place.AskAsync("SELECT pg_promote()");
        foreach (var option in new[] { "--remove", "--reconfigure" })
        {
            var left = await place.RunAsync(option);
            left.ExitCode.Should().Be(1);
            left.Output.Should().Contain("or a standby that was promoted");
        }

        (await place.AskAsync("SELECT count(*) > 0 FROM cdrs")).Should().Be("t");
        await StopAsync(place);
        await deploy.Primary.ScalarAsync<object>($"SELECT pg_drop_replication_slot('{place.Slot}')");
    }

    [Fact]
    public async Task A_reader_whose_password_is_not_kept_for_SCRAM_is_told_of()
    {
        var standby = await deploy.StandbyAsync();
        await deploy.ExecuteAsync($"SET password_encryption = 'md5'; ALTER ROLE cdr_reader PASSWORD '{deploy.ReaderPassword}'");
        await Eventually.BecomesTrueAsync(async () => await standby.AskAsync("SELECT rolpassword LIKE 'md5%' FROM pg_authid WHERE rolname = 'cdr_reader'") == "t");

        var said = await standby.RunAsync();
        await deploy.SetPasswordsAsync();

        said.Output.Should().Contain("The password of cdr_reader is not kept for SCRAM").And.Contain("SET password_encryption = 'scram-sha-256'");
        await Eventually.BecomesTrueAsync(async () => await standby.AskAsync("SELECT rolpassword LIKE 'SCRAM%' FROM pg_authid WHERE rolname = 'cdr_reader'") == "t");
        (await standby.RunAsync()).Output.Should().NotContain("SCRAM");
    }

    /// <summary>So slow that it can be interrupted.</summary>
    private static async Task<Process> StartCopyAsync(ReplicaDirectory place)
    {
        var run = place.Start("--max-rate", "1M");
        await Eventually.BecomesTrueAsync(() =>
        {
            run.HasExited.Should().BeFalse();
            return Task.FromResult(Directory.Exists(Path.Combine(place.Half, "data/pg_wal")));
        });
        return run;
    }

    private async Task StopAsync(ReplicaDirectory place)
    {
        var stopped = await Script.RunAsync(Path.Combine(deploy.Sandbox.PgBin!, "pg_ctl"), ["stop", "-m", "fast", "-D", place.Data], asServersUser: true);
        stopped.ExitCode.Should().Be(0, stopped.Output);
    }

    private static List<Process> RunningIn(ReplicaDirectory place) => [.. Process.GetProcessesByName("pg_basebackup")
        .Where(p => CommandLine(p).Contains(place.Half, StringComparison.Ordinal))];

    private static string CommandLine(Process process)
    {
        try
        {
            return File.ReadAllText($"/proc/{process.Id}/cmdline");
        }
        catch (IOException)
        {
            // It has ended.
            return "";
        }
    }
}
