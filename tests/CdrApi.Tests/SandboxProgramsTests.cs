using CdrSandbox;
using Npgsql;

namespace CdrApi.Tests;

/// <summary>A sandbox on server programs that somebody names, such as those of npm's @embedded-postgres.</summary>
public sealed class SandboxProgramsTests(TestSandbox sandbox) : IDisposable
{
    private readonly DirectoryInfo _directory = OpenToAll(Directory.CreateTempSubdirectory("cdr-programs-"));

    [Fact]
    public async Task Without_pg_basebackup_each_standby_is_a_copy_with_its_own_slot()
    {
        Link("initdb", "pg_ctl", "postgres");

        await using var own = await StartAsync(_directory.FullName);

        own.PgBin.Should().Be(_directory.FullName);
        await using var primary = NpgsqlDataSource.Create(own.Primary.ConnectionString);
        await primary.CreateCommand("CREATE TABLE told AS SELECT 1 AS n").ExecuteNonQueryAsync();
        foreach (var standby in own.Standbys)
        {
            await using var copy = NpgsqlDataSource.Create(standby.ConnectionString);
            await Eventually.BecomesTrueAsync(() => copy.ScalarAsync<bool>("SELECT to_regclass('told') IS NOT NULL"));
            (await copy.ScalarAsync<string>("SELECT slot_name FROM pg_stat_wal_receiver")).Should().Be(standby.Slot);
            (await copy.ScalarAsync<long>("SELECT count(*) FROM pg_replication_slots")).Should().Be(0);
            (await copy.ScalarAsync<string>("SHOW primary_conninfo"))
                .Should().Contain("passfile=").And.NotContain("password");
        }
    }

    [Fact]
    public async Task What_a_named_directory_lacks_is_told()
    {
        Link("pg_ctl", "postgres");
        var starting = () => StartAsync(_directory.FullName);

        (await starting.Should().ThrowAsync<SandboxException>()).Which.Message.Should()
            .Be($"PgBin is \"{_directory.FullName}\", which has no initdb that can be executed.");
    }

    [Fact]
    public async Task A_named_directory_that_is_not_there_is_told()
    {
        var starting = () => StartAsync("/nowhere");

        (await starting.Should().ThrowAsync<SandboxException>()).Which.Message.Should()
            .Be("PgBin is \"/nowhere\", and there is no such directory.");
    }

    public void Dispose() => _directory.Delete(recursive: true);

    private static Task<Sandbox> StartAsync(string programs) => Sandbox.StartAsync(
        new SandboxOptions { Rows = 100, CallsPerSecond = 0, Standbys = 2, StartApi = false, PgBin = programs },
        TextWriter.Null);

    private static DirectoryInfo OpenToAll(DirectoryInfo directory)
    {
        directory.UnixFileMode = (UnixFileMode)0b111_101_101;
        return directory;
    }

    private void Link(params string[] programs)
    {
        Assert.SkipWhen(sandbox.Sandbox.PgBin is null, "Needs a server on this machine: install postgresql.");
        foreach (var program in programs)
        {
            var link = Path.Combine(_directory.FullName, program);
            File.CreateSymbolicLink(link, Path.Combine(sandbox.Sandbox.PgBin, program));
        }
    }
}
