using System.Globalization;
using CdrSandbox;

namespace CdrApi.Tests.Deploy;

/// <summary>Whether a backup is any good, and whether the restore test says so when it is not.</summary>
public sealed class RestoreTests(TestSandbox sandbox, KeptBackup kept) : IClassFixture<KeptBackup>
{
    [Fact]
    public async Task The_restored_copy_has_the_CDRs_that_the_standby_has()
    {
        await kept.TakeAsync(sandbox);
        var host = kept.Host;

        var test = await host.TestRestoreAsync();

        test.ExitCode.Should().Be(0, test.Output);
        var count = await sandbox.Replica.ScalarAsync<long>("SELECT count(*) FROM cdrs");
        var times = await sandbox.Replica.ScalarAsync<string>(
            """SELECT to_char(min(connect_time) AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') || ' to ' || to_char(max(connect_time) AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') FROM cdrs""");
        test.Output.Should().Contain($"{count} CDRs in cdrs, from {times}.").And.Contain("amcheck: ").And.Contain("Data checksums: all right.");
        host.Metric("cdrapi_restore_test_cdrs").Should().Be(count);
        host.Metric("cdrapi_restore_test_last_attempt_succeeded").Should().Be(1);
        host.Metric("cdrapi_restore_test_last_success_timestamp_seconds").Should().BePositive();
        Leftovers(host).Should().BeEmpty();
        (await host.RunAsync("cdrapi-backup", ["--verify"])).Output.Should().Be($"{kept.Name}  intact\n", "the backup itself was not touched");
    }

    [Theory]
    [InlineData("BACKUP_MINIMUM_CDRS", "120001", "fewer than BACKUP_MINIMUM_CDRS")]
    [InlineData("BACKUP_RELATION", "xdrs", "has no relation xdrs")]
    [InlineData("BACKUP_SUPERUSER", "somebody", "role \"somebody\" does not exist")]
    public async Task A_copy_that_is_not_what_is_expected_fails(string name, string value, string said)
    {
        await kept.TakeAsync(sandbox);
        var before = kept.Host.Metric("cdrapi_restore_test_last_success_timestamp_seconds") ?? 0;

        var test = await kept.Host.TestRestoreAsync((name, value));

        test.ExitCode.Should().Be(1);
        test.Output.Should().Contain(said);
        kept.Host.Metric("cdrapi_restore_test_last_attempt_succeeded").Should().Be(0);
        kept.Host.Metric("cdrapi_restore_test_last_success_timestamp_seconds").Should().Be(before, "what was once proven stays so");
        Leftovers(kept.Host).Should().BeEmpty();
    }

    [Theory]
    [InlineData("BACKUP_DATABASE", "dbname=postgres", "it takes the name of a database")]
    [InlineData("BACKUP_SUPERUSER", "a\"b", "it takes the name of a role")]
    [InlineData("BACKUP_SCRATCH", "scratch", "it takes an absolute path")]
    [InlineData("BACKUP_NEWEST_CDR_HOURS", "two", "it takes a whole number")]
    public async Task A_wrong_setting_is_named_before_anything_is_copied(string name, string value, string said)
    {
        await kept.TakeAsync(sandbox);

        var test = await kept.Host.TestRestoreAsync((name, value));

        test.ExitCode.Should().Be(2, test.Output);
        test.Output.Should().Contain($"{name} is \"{value}\"; {said}");
        Leftovers(kept.Host).Should().BeEmpty();
    }

    [Fact]
    public async Task A_backup_of_a_standby_that_had_not_followed_for_days_fails()
    {
        await kept.TakeAsync(sandbox);
        var (name, later) = (kept.Path, Path.Combine(kept.Host.Backups, "20991231T000000Z"));
        Directory.Move(name, later);
        try
        {
            var test = await kept.Host.TestRestoreAsync();

            test.ExitCode.Should().Be(1);
            test.Output.Should().Contain("BACKUP_NEWEST_CDR_HOURS is 48");
        }
        finally
        {
            Directory.Move(later, name);
        }
    }

    [Fact]
    public async Task One_changed_byte_is_noticed_and_its_file_named()
    {
        await kept.TakeAsync(sandbox);
        var file = await sandbox.Replica.ScalarAsync<string>("SELECT pg_relation_filepath('cdrs')");
        using var cdrs = new FileStream(Path.Combine(kept.Path, file), FileMode.Open, FileAccess.ReadWrite);
        var old = Change(cdrs, value => (byte)(value ^ 1));
        try
        {
            var verify = await kept.Host.RunAsync("cdrapi-backup", ["--verify"]);
            verify.ExitCode.Should().Be(1);
            verify.Output.Should().Contain($"checksum mismatch for file \"{file}\"").And.Contain($"{kept.Name}  DAMAGED");
            kept.Host.Metric("cdrapi_backup_damaged").Should().Be(1);

            var test = await kept.Host.TestRestoreAsync();
            test.ExitCode.Should().Be(1);
            test.Output.Should().Contain($"checksum mismatch for file \"{file}\"").And.NotContain("Started");
            kept.Host.Metric("cdrapi_restore_test_last_attempt_succeeded").Should().Be(0);

            var restore = await kept.Host.RunAsync("cdrapi-backup", ["--restore", kept.Name, Path.Combine(kept.Host.Work, "never")]);
            restore.ExitCode.Should().Be(1);
            Directory.EnumerateFileSystemEntries(Path.Combine(kept.Host.Work, "never")).Should().BeEmpty("nobody shall start it");
        }
        finally
        {
            Change(cdrs, _ => old);
        }

        (await kept.Host.RunAsync("cdrapi-backup", ["--verify", kept.Name])).ExitCode.Should().Be(0);
    }

    [Fact]
    public async Task Damaged_WAL_is_noticed()
    {
        await kept.TakeAsync(sandbox);
        var wal = Directory.EnumerateFiles(Path.Combine(kept.Path, "pg_wal")).Order(StringComparer.Ordinal).First();
        using var stream = new FileStream(wal, FileMode.Open, FileAccess.ReadWrite);
        var before = new byte[4096];
        stream.ReadExactly(before);
        stream.Position = 0;
        stream.Write(new byte[before.Length]);
        stream.Flush();
        try
        {
            var verify = await kept.Host.RunAsync("cdrapi-backup", ["--verify", kept.Name]);
            verify.ExitCode.Should().Be(1);
            verify.Output.Should().Contain("WAL parsing failed");
        }
        finally
        {
            stream.Position = 0;
            stream.Write(before);
        }
    }

    /// <summary>As an index on text is whose server ran on another operating system: its backup is intact, and it does not find its rows.</summary>
    [Fact]
    public async Task An_index_in_another_order_is_found_by_amcheck_and_named()
    {
        using var host = new BackupHost(sandbox.Sandbox, sandbox.Sandbox.Standbys[0]);
        try
        {
            await ExecuteAsync("""
                CREATE FUNCTION restore_test_compare(int, int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT btint4cmp($1, $2)';
                CREATE OPERATOR CLASS restore_test_order FOR TYPE int USING btree AS
                  OPERATOR 1 <, OPERATOR 2 <=, OPERATOR 3 =, OPERATOR 4 >=, OPERATOR 5 >, FUNCTION 1 restore_test_compare(int, int);
                CREATE TABLE restore_test AS SELECT n FROM generate_series(1, 1000) n;
                CREATE INDEX restore_test_index ON restore_test (n restore_test_order);
                CREATE OR REPLACE FUNCTION restore_test_compare(int, int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT btint4cmp($2, $1)';
                """);
            await FollowedAsync();
            (await host.BackUpAsync()).ExitCode.Should().Be(0);
        }
        finally
        {
            await ExecuteAsync("DROP TABLE IF EXISTS restore_test; DROP OPERATOR FAMILY IF EXISTS restore_test_order USING btree CASCADE; DROP FUNCTION IF EXISTS restore_test_compare");
        }

        var test = await host.TestRestoreAsync();
        test.ExitCode.Should().Be(1);
        test.Output.Should().Contain("item order invariant violated for index \"restore_test_index\"").And.Contain("Collation");

        test = await host.TestRestoreAsync(("BACKUP_SKIP_INDEXES", "no_such* restore_test_i*"));
        test.ExitCode.Should().Be(0, test.Output);
        test.Output.Should().Contain("restore_test_i*", "what is not looked at is said");
    }

    [Fact]
    public async Task A_test_that_is_ended_leaves_no_server_and_the_next_one_clears_up()
    {
        await kept.TakeAsync(sandbox);
        // Its amcheck does not end before the test has looked.
        var programs = Directory.CreateDirectory(Path.Combine(kept.Host.Work, "programs")).FullName;
        foreach (var program in Directory.EnumerateFiles(kept.Host.Bin).Select(f => Path.GetFileName(f)!).Where(n => n != "pg_amcheck"))
        {
            File.CreateSymbolicLink(Path.Combine(programs, program), Path.Combine(kept.Host.Bin, program));
        }

        await File.WriteAllTextAsync(Path.Combine(programs, "pg_amcheck"), "#!/bin/sh\nexec sleep 100\n");
        File.SetUnixFileMode(Path.Combine(programs, "pg_amcheck"), (UnixFileMode)0b111_101_101);
        foreach (var (signal, exitCode) in new[] { ("TERM", 143), ("KILL", 137) })
        {
            using var test = kept.Host.Start("cdrapi-restore-test", [], ("BACKUP_PG_BIN", programs));
            await Eventually.BecomesTrueAsync(() => Task.FromResult(File.Exists(Path.Combine(kept.Host.Work, "scratch/copy/.s.PGSQL.5432"))));
            if (signal == "TERM")
            {
                (await kept.Host.TestRestoreAsync()).ExitCode.Should().Be(75);
            }

            await BackupHost.SignalAsync(test, signal);
            (await BackupHost.EndOfAsync(test)).ExitCode.Should().Be(exitCode);
            await Eventually.BecomesTrueAsync(() => Task.FromResult(!kept.Host.Processes.Any()));
            Leftovers(kept.Host).Should().HaveCount(signal == "TERM" ? 0 : 1);
        }

        (await kept.Host.TestRestoreAsync()).ExitCode.Should().Be(0);
        Leftovers(kept.Host).Should().BeEmpty();
    }

    [Fact]
    public async Task A_restored_backup_is_a_standby_again_that_streams_and_has_all_rows()
    {
        await kept.TakeAsync(sandbox);
        var (host, data, port) = (kept.Host, Path.Combine(kept.Host.Work, "restored"), FreePort.Next());
        await ExecuteAsync("SELECT pg_create_physical_replication_slot('restored', true)");
        try
        {
            await ExecuteAsync("CREATE TABLE after_the_backup AS SELECT count(*) FROM cdrs");
            var restore = await host.RunAsync("cdrapi-backup", ["--restore", kept.Name, data]);
            restore.ExitCode.Should().Be(0, restore.Output);
            (await host.RunAsync("cdrapi-backup", ["--restore", kept.Name, data])).ExitCode.Should().Be(2, "nothing is overwritten");
            // Its own slot and port: the standby that the backup was taken from is still there.
            await File.AppendAllTextAsync(Path.Combine(data, "postgresql.auto.conf"), string.Create(CultureInfo.InvariantCulture, $"primary_slot_name = 'restored'\nport = {port}\n"));

            (await host.RunAsync("pg_ctl", ["start", "-w", "-t", "60", "-D", data, "-l", Path.Combine(host.Work, "log")])).ExitCode.Should().Be(0);
            await Eventually.BecomesTrueAsync(() => sandbox.Primary.ScalarAsync<bool>("""
                SELECT EXISTS (SELECT FROM pg_replication_slots s JOIN pg_stat_replication r ON r.pid = s.active_pid
                  WHERE s.slot_name = 'restored' AND r.state = 'streaming' AND r.replay_lsn >= pg_current_wal_lsn())
                """));
            var superuser = new Npgsql.NpgsqlConnectionStringBuilder(sandbox.Sandbox.Standbys[0].ConnectionString) { Port = port, Pooling = false };
            await using var restored = Npgsql.NpgsqlDataSource.Create(superuser.ConnectionString);
            (await restored.ScalarAsync<bool>("SELECT pg_is_in_recovery()")).Should().BeTrue();
            (await restored.ScalarAsync<long>("SELECT count FROM after_the_backup")).Should().Be(await restored.ScalarAsync<long>("SELECT count(*) FROM cdrs"));
            (await restored.ScalarAsync<string>(Digest)).Should().Be(await sandbox.Replica.ScalarAsync<string>(Digest));
        }
        finally
        {
            await host.RunAsync("pg_ctl", ["stop", "-w", "-m", "immediate", "-D", data]);
            await ExecuteAsync("DROP TABLE IF EXISTS after_the_backup");
            await Eventually.BecomesTrueAsync(() => sandbox.Primary.ScalarAsync<bool>("SELECT NOT active FROM pg_replication_slots WHERE slot_name = 'restored'"));
            await ExecuteAsync("SELECT pg_drop_replication_slot('restored')");
        }
    }

    private const string Digest = "SELECT md5(string_agg(c::text, '|' ORDER BY i_cdr)) FROM cdrs c";

    private static IEnumerable<string> Leftovers(BackupHost host) =>
        Directory.EnumerateFileSystemEntries(Path.Combine(host.Work, "scratch")).Where(e => Path.GetFileName(e) != ".lock");

    private static byte Change(FileStream file, Func<byte, byte> change)
    {
        file.Position = file.Length / 2;
        var old = (byte)file.ReadByte();
        file.Position--;
        file.WriteByte(change(old));
        file.Flush();
        return old;
    }

    private Task FollowedAsync() => Eventually.BecomesTrueAsync(() => sandbox.Primary.ScalarAsync<bool>(
        "SELECT EXISTS (SELECT FROM pg_stat_replication WHERE replay_lsn >= pg_current_wal_lsn())"));

    private async Task ExecuteAsync(string sql)
    {
        await using var command = sandbox.Primary.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }
}
