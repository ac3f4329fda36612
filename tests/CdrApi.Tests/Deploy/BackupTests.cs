using System.ComponentModel;
using System.Diagnostics;
using CdrSandbox.Postgres;

namespace CdrApi.Tests.Deploy;

/// <summary>Backups of the sandbox's standby: what is kept, what is noticed, what is said.</summary>
public sealed class BackupTests(TestSandbox sandbox)
{
    [Fact]
    public async Task Three_backups_leave_the_two_newest_verified_ones()
    {
        using var host = NewHost();
        var taken = new List<string>();
        for (var i = 0; i < 3; i++)
        {
            var backup = await host.BackUpAsync(("BACKUP_KEEP", "2"));
            backup.ExitCode.Should().Be(0, backup.Output);
            taken.Add(host.Names[^1]);
        }

        taken.Should().OnlyHaveUniqueItems().And.BeInAscendingOrder(StringComparer.Ordinal);
        host.Names.Should().Equal(taken[1..]);
        host.Unfinished.Should().BeEmpty();
        var list = await host.RunAsync("cdrapi-backup", ["--list"]);
        list.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => l.Split(' ')[0]).Should().Equal(taken[2], taken[1]);
        foreach (var name in host.Names)
        {
            // By PostgreSQL's own program, and not by what the script says of itself.
            var verified = await host.RunAsync("pg_verifybackup", [Path.Combine(host.Backups, name)]);
            verified.ExitCode.Should().Be(0, verified.Output);
            (await File.ReadAllTextAsync(Path.Combine(host.Backups, name, "backup_manifest"))).Should().Contain("\"Checksum-Algorithm\": \"SHA256\"");
        }

        host.Metric("cdrapi_backup_kept").Should().Be(2);
        host.Metric("cdrapi_backup_last_attempt_succeeded").Should().Be(1);
        host.Metric("cdrapi_backup_size_bytes").Should().BeGreaterThan(20_000_000);
        host.Metric("cdrapi_backup_duration_seconds").Should().BeLessThan(120);
        host.Metric("cdrapi_backup_last_success_timestamp_seconds").Should().BeGreaterThanOrEqualTo(host.Metric("cdrapi_backup_last_attempt_timestamp_seconds")!.Value);
    }

    [Fact]
    public async Task A_copy_that_is_not_what_was_sent_is_no_backup()
    {
        using var host = NewHost();
        (await host.BackUpAsync()).ExitCode.Should().Be(0);
        var kept = host.Names.Single();
        var program = Path.Combine(host.Bin, "pg_basebackup");
        var real = (await File.ReadAllTextAsync(program)).Replace("exec ", "", StringComparison.Ordinal);
        await File.WriteAllTextAsync(program, real + "for option; do case $option in --pgdata=*) echo >> \"${option#--pgdata=}/base/1/PG_VERSION\" ;; esac; done\n");

        var backup = await host.BackUpAsync(("BACKUP_KEEP", "1"));

        backup.ExitCode.Should().Be(1);
        backup.Output.Should().Contain("\"base/1/PG_VERSION\" has size").And.Contain("nothing was pruned");
        host.Names.Should().Equal(kept);
        host.Unfinished.Should().BeEmpty();
        host.Metric("cdrapi_backup_last_attempt_succeeded").Should().Be(0);
    }

    [Fact]
    public async Task A_clock_that_was_put_back_costs_no_new_backup()
    {
        using var host = NewHost();
        foreach (var name in (string[])["20991231T000000Z", "20991230T000000Z"])
        {
            Directory.CreateDirectory(Path.Combine(host.Backups, name));
            host.Own(Path.Combine(host.Backups, name));
        }

        (await host.BackUpAsync(("BACKUP_KEEP", "2"))).ExitCode.Should().Be(0);

        host.Names.Should().HaveCount(2).And.Contain("20991231T000000Z").And.NotContain("20991230T000000Z");
        File.Exists(Path.Combine(host.Backups, host.Names[0], "backup_manifest")).Should().BeTrue();
    }

    [Fact]
    public async Task One_that_is_being_read_is_pruned_by_the_next_backup()
    {
        using var host = NewHost();
        var old = Path.Combine(host.Backups, "20200101T000000Z");
        Directory.CreateDirectory(old);
        host.Own(old);
        using (var reader = Process.Start(new ProcessStartInfo("flock", ["--shared", old, "cat"]) { RedirectStandardInput = true, RedirectStandardOutput = true })!)
        {
            // cat answers when the lock is held.
            await reader.StandardInput.WriteLineAsync("held");
            await reader.StandardInput.FlushAsync();
            (await reader.StandardOutput.ReadLineAsync()).Should().Be("held");

            var backup = await host.BackUpAsync(("BACKUP_KEEP", "1"));

            backup.ExitCode.Should().Be(0);
            backup.Output.Should().Contain("20200101T000000Z is being read");
            host.Names.Should().HaveCount(2).And.Contain("20200101T000000Z");
            host.Metric("cdrapi_backup_kept").Should().Be(2);
            reader.StandardInput.Close();
            await reader.WaitForExitAsync();
        }

        (await host.BackUpAsync(("BACKUP_KEEP", "1"))).ExitCode.Should().Be(0);
        host.Names.Should().ContainSingle().Which.Should().NotBe("20200101T000000Z");
    }

    [Fact]
    public async Task A_second_backup_refuses_and_one_that_is_ended_leaves_nothing()
    {
        using var host = NewHost();
        foreach (var (signal, exitCode) in new[] { ("TERM", 143), ("KILL", 137) })
        {
            using var first = host.Start("cdrapi-backup", [], ("BACKUP_MAX_RATE", "1M"));
            await Eventually.BecomesTrueAsync(() => Task.FromResult(host.Unfinished.Any(u => File.Exists(Path.Combine(host.Backups, u, "backup_label")))));
            var attempt = host.Metric("cdrapi_backup_last_attempt_timestamp_seconds");

            var second = await host.BackUpAsync();
            second.ExitCode.Should().Be(75);
            second.Output.Should().Contain("Another backup is running");
            host.Metric("cdrapi_backup_last_attempt_timestamp_seconds").Should().Be(attempt, "the first one speaks for both");

            await BackupHost.SignalAsync(first, signal);
            (await BackupHost.EndOfAsync(first)).ExitCode.Should().Be(exitCode);
            await Eventually.BecomesTrueAsync(() => Task.FromResult(!host.Processes.Any()));
            host.Names.Should().BeEmpty();
        }

        host.Metric("cdrapi_backup_last_attempt_succeeded").Should().Be(0);
        host.Metric("cdrapi_backup_last_success_timestamp_seconds").Should().Be(0);
        host.Unfinished.Should().ContainSingle("a killed script cannot clear up");
        (await host.BackUpAsync()).ExitCode.Should().Be(0);
        host.Unfinished.Should().BeEmpty("the next one does");
    }

    [Fact]
    public async Task A_server_that_is_no_standby_is_refused()
    {
        using var host = NewHost();
        var primary = sandbox.Sandbox.Primary;
        var passFile = Path.Combine(host.Work, "passfile");
        await File.WriteAllTextAsync(passFile, sandbox.Sandbox.ReplicatorPassLine(primary));
        File.SetUnixFileMode(passFile, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        host.Own(passFile);

        var backup = await host.BackUpAsync(("PGPORT", $"{primary.Address.Port}"), ("PGDATA", primary.DataDirectory), ("PGPASSFILE", passFile));

        backup.ExitCode.Should().Be(1);
        backup.Output.Should().Contain("is no standby").And.Contain("BACKUP_FROM_PRIMARY");
        host.Names.Should().BeEmpty();
    }

    [Theory]
    [InlineData("BACKUP_KEEP", "0", "BACKUP_KEEP is \"0\"")]
    [InlineData("BACKUP_KEEP", "all", "BACKUP_KEEP is \"all\"")]
    [InlineData("BACKUP_MAX_RATE", "fast", "BACKUP_MAX_RATE is \"fast\"; it takes from 32k to 1024M")]
    [InlineData("BACKUP_FROM_PRIMARY", "maybe", "BACKUP_FROM_PRIMARY is \"maybe\"; it takes yes or no")]
    [InlineData("PGPORT", "65536", "PGPORT is \"65536\"; it takes a port")]
    [InlineData("PGHOST", "a b", "PGHOST is \"a b\"; it takes a host")]
    [InlineData("PGDATA", "main", "PGDATA is \"main\"; it takes an absolute path")]
    [InlineData("BACKUP_DIRECTORY", "/nowhere", "/nowhere is no directory")]
    [InlineData("PGDATA", "/nowhere", "/nowhere is no data directory")]
    [InlineData("PGUSER", "nobody_at_all", "does not let nobody_at_all in")]
    [InlineData("BACKUP_PG_BIN", "/nowhere", "install postgresql-")]
    public async Task A_wrong_setting_is_named_and_counts_as_a_failure(string name, string value, string said)
    {
        using var host = NewHost();

        var backup = await host.BackUpAsync((name, value));

        backup.ExitCode.Should().BeInRange(1, 2);
        backup.Output.Should().Contain(said).And.Contain("nothing was pruned");
        host.Metric("cdrapi_backup_last_attempt_succeeded").Should().Be(0);
    }

    [Fact]
    public async Task A_misspelt_setting_in_the_file_is_named()
    {
        using var host = NewHost();
        await File.WriteAllTextAsync(Path.Combine(host.Work, "conf"), "# fine\nBACKUP_KEPT=9\n");

        var list = await host.RunAsync("cdrapi-backup", ["--config", Path.Combine(host.Work, "conf"), "--list"]);
        list.ExitCode.Should().Be(2, "one --config is enough");
        File.Copy(Path.Combine(host.Work, "conf"), host.Settings, overwrite: true);
        list = await host.RunAsync("cdrapi-backup", ["--list"]);

        list.ExitCode.Should().Be(2);
        list.Output.Should().Contain("line 2: BACKUP_KEPT is no setting");
    }

    [Fact]
    public async Task Promtool_accepts_the_metrics_and_any_user_can_read_them()
    {
        using var host = NewHost();
        (await host.BackUpAsync(("BACKUP_PG_BIN", "/nowhere"))).ExitCode.Should().Be(1);
        (await host.TestRestoreAsync()).ExitCode.Should().Be(1);
        Directory.CreateDirectory(Path.Combine(host.Backups, "20261125T020000Z"));
        (await host.RunAsync("cdrapi-backup", ["--verify"])).ExitCode.Should().Be(1);

        var files = Directory.GetFiles(host.Metrics);
        files.Should().HaveCount(3).And.OnlyContain(f => f.EndsWith(".prom", StringComparison.Ordinal), "no half of one is left");
        files.Should().OnlyContain(f => File.GetUnixFileMode(f).HasFlag(UnixFileMode.OtherRead));
        host.Metric("cdrapi_backup_damaged").Should().Be(1);
        var start = new ProcessStartInfo("promtool", ["check", "metrics"]) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        try
        {
            using var promtool = Process.Start(start)!;
            await promtool.StandardInput.WriteAsync(string.Concat(files.Select(File.ReadAllText)));
            promtool.StandardInput.Close();
            (await BackupHost.EndOfAsync(promtool)).Should().Be(new CommandResult(0, ""));
        }
        catch (Win32Exception)
        {
            Assert.Skip("Needs promtool: install prometheus.");
        }
    }

    private BackupHost NewHost() => new(sandbox.Sandbox, sandbox.Sandbox.Standbys[0]);
}
