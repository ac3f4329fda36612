using System.Diagnostics;
using CdrSandbox;
using Npgsql;

namespace CdrApi.Tests.Deploy;

/// <summary>Backups that fail: they prune nothing, leave nothing that could be taken for a backup, and say so.</summary>
public sealed class BackupFaultTests(TestSandbox sandbox)
{
    [Fact]
    public async Task The_standby_is_down_or_dies_midway()
    {
        var standby = sandbox.Sandbox.Standbys[0];
        using var host = new BackupHost(sandbox.Sandbox, standby);
        (await host.BackUpAsync(("BACKUP_KEEP", "1"))).ExitCode.Should().Be(0);
        var (kept, success, size) = (host.Names.Single(), host.Metric("cdrapi_backup_last_success_timestamp_seconds"), host.Metric("cdrapi_backup_size_bytes"));
        try
        {
            using var backup = host.Start("cdrapi-backup", [], ("BACKUP_KEEP", "1"), ("BACKUP_MAX_RATE", "1M"));
            await CopyingAsync(host);
            await standby.KillAsync();
            var midway = await BackupHost.EndOfAsync(backup);
            midway.ExitCode.Should().Be(1);
            midway.Output.Should().Contain("pg_basebackup failed").And.Contain("nothing was pruned");
            ShouldBeAsBefore();

            var down = await host.BackUpAsync(("BACKUP_KEEP", "1"));
            down.ExitCode.Should().Be(1);
            down.Output.Should().Contain("does not let cdr_replicator in").And.Contain("Connection refused");
            ShouldBeAsBefore();
        }
        finally
        {
            await standby.StartAsync();
            await sandbox.RecoverAsync();
        }

        (await host.BackUpAsync(("BACKUP_KEEP", "1"))).ExitCode.Should().Be(0);
        host.Names.Should().ContainSingle().Which.Should().NotBe(kept);

        void ShouldBeAsBefore()
        {
            host.Names.Should().Equal(kept);
            host.Unfinished.Should().BeEmpty();
            host.Metric("cdrapi_backup_last_attempt_succeeded").Should().Be(0);
            host.Metric("cdrapi_backup_last_success_timestamp_seconds").Should().Be(success);
            host.Metric("cdrapi_backup_size_bytes").Should().Be(size);
            host.Metric("cdrapi_backup_kept").Should().Be(1);
        }
    }

    [Fact]
    public async Task The_disk_is_too_small_or_fills_up_midway()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "Needs root: it mounts a small file system.");
        using var host = new BackupHost(sandbox.Sandbox, sandbox.Sandbox.Standbys[0]);
        using (var mount = Process.Start("mount", ["-t", "tmpfs", "-o", "size=72m", "tmpfs", host.Backups]))
        {
            await mount.WaitForExitAsync();
            Assert.SkipUnless(mount.ExitCode == 0, "Needs root: it mounts a small file system.");
        }

        try
        {
            host.Own(host.Backups);
            host.Own(Directory.CreateDirectory(Path.Combine(host.Backups, "20200101T000000Z")).FullName);
            var small = await host.BackUpAsync(("BACKUP_KEEP", "1"));
            small.ExitCode.Should().Be(1);
            small.Output.Should().Contain("Not enough room").And.Contain("nothing was pruned");

            // Measured elsewhere, where there is next to nothing, it begins.
            var empty = Path.Combine(host.Work, "empty");
            Directory.CreateDirectory(Path.Combine(empty, "pg_tblspc"));
            File.Copy(Path.Combine(sandbox.Sandbox.Standbys[0].DataDirectory, "PG_VERSION"), Path.Combine(empty, "PG_VERSION"));
            foreach (var path in (string[])[empty, Path.Combine(empty, "PG_VERSION"), Path.Combine(empty, "pg_tblspc")])
            {
                host.Own(path);
            }

            var full = await host.BackUpAsync(("BACKUP_KEEP", "1"), ("PGDATA", empty));
            full.ExitCode.Should().Be(1);
            full.Output.Should().Contain("No space left on device").And.Contain("nothing was pruned");
            host.Names.Should().Equal("20200101T000000Z");
            host.Unfinished.Should().BeEmpty();
            host.Metric("cdrapi_backup_last_attempt_succeeded").Should().Be(0);
        }
        finally
        {
            using var unmount = Process.Start("umount", [host.Backups]);
            await unmount.WaitForExitAsync();
        }
    }

    [Fact]
    public async Task Tablespaces_are_refused()
    {
        using var host = new BackupHost(sandbox.Sandbox, sandbox.Sandbox.Standbys[0]);
        var data = Path.Combine(host.Work, "data");
        Directory.CreateDirectory(Path.Combine(data, "pg_tblspc"));
        File.Copy(Path.Combine(sandbox.Sandbox.Standbys[0].DataDirectory, "PG_VERSION"), Path.Combine(data, "PG_VERSION"));
        File.CreateSymbolicLink(Path.Combine(data, "pg_tblspc", "16999"), "/srv/fast");
        foreach (var path in (string[])[data, Path.Combine(data, "PG_VERSION"), Path.Combine(data, "pg_tblspc")])
        {
            host.Own(path);
        }

        var backup = await host.BackUpAsync(("PGDATA", data));

        backup.ExitCode.Should().Be(1);
        backup.Output.Should().Contain("has tablespaces").And.Contain("/srv/fast");
        host.Names.Should().BeEmpty();
    }

    [Fact]
    public async Task The_standby_is_promoted_midway()
    {
        _ = sandbox.Sandbox;
        await using var own = await Sandbox.StartAsync(new SandboxOptions { Rows = 2000, Accounts = 20, CallsPerSecond = 0, StartApi = false }, TextWriter.Null);
        using var host = new BackupHost(own, own.Standbys[0]);
        await using var standby = NpgsqlDataSource.Create(own.Standbys[0].ConnectionString + ";Pooling=false");
        using var backup = host.Start("cdrapi-backup", [], ("BACKUP_MAX_RATE", "4M"));
        await CopyingAsync(host);

        await standby.ScalarAsync<bool>("SELECT pg_promote()");

        var ended = await BackupHost.EndOfAsync(backup);
        ended.ExitCode.Should().Be(1);
        ended.Output.Should().Contain("the standby was promoted during online backup");
        host.Names.Should().BeEmpty();
        host.Unfinished.Should().BeEmpty();
        (await host.BackUpAsync()).Output.Should().Contain("is no standby");
        (await host.BackUpAsync(("BACKUP_FROM_PRIMARY", "yes"))).ExitCode.Should().Be(0);
        host.Names.Should().ContainSingle();
    }

    private static Task CopyingAsync(BackupHost host) =>
        Eventually.BecomesTrueAsync(() => Task.FromResult(host.Unfinished.Any(u => File.Exists(Path.Combine(host.Backups, u, "backup_label")))));
}
