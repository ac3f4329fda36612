using System.Globalization;
using CdrSandbox;

namespace CdrApi.Tests.Deploy;

/// <summary>What cdrapi-replica cannot do it says, with what to do; and leaves all as it was.</summary>
[Collection(DeployPostgres.Name)]
public sealed class ReplicaErrorTests(TestSandbox whereThereIsAServer, DeploySandbox deploy) : IAsyncLifetime
{
    public async ValueTask InitializeAsync() => await deploy.StartAsync(whereThereIsAServer);

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task A_dry_run_makes_nothing()
    {
        var place = deploy.AddDirectory();

        var said = await place.RunAsync("--dry-run");

        said.ExitCode.Should().Be(0, said.Output);
        said.Output.Should().Contain($"would make or use the slot {place.Slot}, copy the primary into {place.Data}");
        await ShouldBeUntouchedAsync(place);
    }

    [Fact]
    public async Task A_wrong_password_is_named()
    {
        var place = deploy.AddDirectory();
        var file = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        await File.WriteAllTextAsync(file, "wrong\n");

        await ShouldFailAsync(place, "password authentication failed*", "*\\password cdr_replicator*--password-file", "--password-file", file);

        File.Delete(file);
    }

    [Fact]
    public async Task A_role_that_may_not_replicate_is_named()
    {
        await deploy.ExecuteAsync("ALTER ROLE cdr_replicator NOREPLICATION");
        try
        {
            await ShouldFailAsync(deploy.AddDirectory(), "*", "cdr_replicator may not replicate. Run primary/roles.sql");
        }
        finally
        {
            await deploy.ExecuteAsync("ALTER ROLE cdr_replicator REPLICATION");
        }
    }

    [Fact]
    public async Task A_primary_that_does_not_let_it_in_or_does_not_answer_is_named()
    {
        var closed = FreePort.Next().ToString(CultureInfo.InvariantCulture);
        await ShouldFailAsync(deploy.AddDirectory(), "no pg_hba.conf entry", "Add the line of primary/pg_hba.conf", "--user", "cdr_reader");
        await ShouldFailAsync(deploy.AddDirectory(), "refused", "Cannot reach the primary at 127.0.0.1", "--primary-port", closed);

        // A standby that streams is looked at all the same.
        var looked = await (await deploy.StandbyAsync()).RunAsync("--primary-port", closed);
        looked.ExitCode.Should().Be(0, looked.Output);
        looked.Output.Should().Contain("Cannot reach the primary at 127.0.0.1").And.Contain("not compared with the primary's").And.Contain("nothing was changed");
    }

    [Fact]
    public async Task What_stands_where_the_copy_would_be_made_is_left_alone()
    {
        var place = deploy.AddDirectory();
        Directory.CreateDirectory(place.Half);
        await File.WriteAllTextAsync(Path.Combine(place.Half, "important"), "");
        await Script.RunAsync("chown", ["-R", Script.ServersUser, place.Root]);

        var said = await place.RunAsync();

        said.ExitCode.Should().Be(1);
        said.Output.Should().Contain("File exists");
        File.Exists(Path.Combine(place.Half, "important")).Should().BeTrue();
        (await place.HasSlotAsync()).Should().BeFalse();
    }

    [Fact]
    public async Task Another_major_version_is_refused()
    {
        var place = deploy.AddDirectory();
        var programs = Directory.CreateDirectory(Path.Combine(place.Root, "programs")).FullName;
        foreach (var program in new[] { "pg_ctl", "pg_basebackup", "pg_controldata", "psql" })
        {
            File.CreateSymbolicLink(Path.Combine(programs, program), Path.Combine(deploy.Sandbox.PgBin!, program));
        }

        await File.WriteAllTextAsync(Path.Combine(programs, "postgres"), "#!/bin/sh\necho 'postgres (PostgreSQL) 9.6.24'\n");
        File.SetUnixFileMode(Path.Combine(programs, "postgres"), (UnixFileMode)0b111_101_101);

        await ShouldFailAsync(place, "has 9. A streaming standby needs the same major version", "give --cluster", "--bin-directory", programs);
    }

    [Fact]
    public async Task Data_of_others_is_left_alone()
    {
        var place = deploy.AddDirectory();
        Directory.CreateDirectory(place.Data);
        await File.WriteAllTextAsync(Path.Combine(place.Data, "PG_VERSION"), "15\n");

        var making = await place.RunAsync();
        var removing = await place.RunAsync("--remove");

        making.ExitCode.Should().Be(1);
        making.Output.Should().Contain("holds data that this did not make").And.Contain("name another directory");
        removing.ExitCode.Should().Be(1);
        (await File.ReadAllTextAsync(Path.Combine(place.Data, "PG_VERSION"))).Should().Be("15\n");
        Directory.GetFileSystemEntries(place.Root, "*", SearchOption.AllDirectories).Should().HaveCount(3);
    }

    [Fact]
    public async Task A_port_in_use_and_settings_that_would_undo_its_own_are_named()
    {
        var standby = await deploy.StandbyAsync();
        await ShouldFailAsync(deploy.AddDirectory(), $"listens on port {standby.Port}", "another --port", "--port", $"{standby.Port}");

        var place = deploy.AddDirectory();
        Directory.CreateDirectory(Path.Combine(place.Config, "conf.d"));
        var local = Path.Combine(place.Config, "conf.d/zz-local.conf");
        await File.WriteAllTextAsync(local, "max_connections = 20\n");
        var low = await place.RunAsync();
        await File.WriteAllTextAsync(local, "listen_addresses = '*'\n");
        var open = await place.RunAsync();

        low.ExitCode.Should().Be(1);
        low.Output.Should().Contain("max_connections = 20, and the primary 200. Take it out");
        open.ExitCode.Should().Be(1);
        open.Output.Should().Contain("listen_addresses = *. Take it out");
        Directory.Exists(place.Data).Should().BeFalse();
        (await place.HasSlotAsync()).Should().BeFalse();
    }

    [Fact]
    public async Task A_slot_of_another_standby_is_refused_and_kept()
    {
        var standby = await deploy.StandbyAsync();
        var place = deploy.AddDirectory();

        var said = await place.RunAsync("--slot", standby.Slot);

        said.ExitCode.Should().Be(1);
        said.Output.Should().Contain("is active for PID").And.Contain("Give this one a slot of its own with --slot");
        Directory.Exists(place.Half).Should().BeFalse();
        Directory.Exists(place.Data).Should().BeFalse();
        (await standby.HasSlotAsync()).Should().BeTrue();
    }

    [Fact]
    public async Task A_disk_that_is_too_small_ends_the_copy_as_it_begins()
    {
        var place = deploy.AddDirectory();
        var small = await Script.RunAsync("unshare", ["-m", "true"]);
        Assert.SkipUnless(small.ExitCode == 0, "Needs root: a file system of its own is mounted.");

        var said = await place.RunOnSmallDiskAsync(megabytes: 24);

        said.ExitCode.Should().Be(1);
        said.Output.Should().MatchRegex("The primary's files have .* GB, and .* has 0\\.0 GB free\\. Make room");
        (await place.HasSlotAsync()).Should().BeFalse("it made the slot, and without a standby that would only keep WAL");
    }

    private static async Task ShouldFailAsync(ReplicaDirectory place, string why, string whatToDo, params string[] more)
    {
        var before = Directory.GetFileSystemEntries(place.Root);

        var said = await place.RunAsync(more);

        said.ExitCode.Should().Be(1, said.Output);
        said.Output.Should().Match($"*ERROR:*{whatToDo}*").And.Match($"*{why}*");
        Directory.GetFileSystemEntries(place.Root).Should().Equal(before);
    }

    private static async Task ShouldBeUntouchedAsync(ReplicaDirectory place)
    {
        Directory.GetFileSystemEntries(place.Root).Should().BeEmpty();
        (await place.HasSlotAsync()).Should().BeFalse();
    }
}
