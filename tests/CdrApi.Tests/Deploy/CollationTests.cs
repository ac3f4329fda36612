using CdrSandbox;

namespace CdrApi.Tests.Deploy;

/// <summary>cdrapi-collation, on a real standby whose database sorts by the C library.</summary>
[Collection(DeployPostgres.Name)]
public sealed class CollationTests(TestSandbox whereThereIsAServer, DeploySandbox deploy)
{
    private const string Locale = "en_US.UTF-8";

    [Fact]
    public async Task Indexes_on_text_are_safe_as_long_as_both_machines_sort_alike_and_others_always_are()
    {
        await deploy.StartAsync(whereThereIsAServer);
        var standby = await deploy.StandbyAsync();
        var plain = await RunAsync(standby, "sippy");
        plain.ExitCode.Should().Be(0, plain.Output);
        plain.Output.Should().Contain("other indexes are safe").And.NotContain("UNSAFE").And.Contain("amcheck is missing");

        var locales = await Script.RunAsync("locale", ["-a"]);
        Assert.SkipUnless(locales.Output.Contains("en_US.utf8", StringComparison.Ordinal), $"Needs the locale {Locale}: install locales, and run localedef -i en_US -f UTF-8 {Locale}.");
        await deploy.ExecuteAsync($"CREATE DATABASE sorted TEMPLATE template0 ENCODING 'UTF8' LOCALE '{Locale}'");
        try
        {
            await MakeTablesAsync();
            await ReplayedAsync(standby);
            var alike = await RunAsync(standby, "sorted");
            alike.ExitCode.Should().Be(0, alike.Output);
            alike.Output.Should().Contain($"safe    cdrs_cli_in_idx on cdrs: {Locale}").And.Contain("5 other indexes are safe");

            // As if another system had recorded its version.
            await InSortedAsync("UPDATE pg_database SET datcollversion = '34.0' WHERE datname = 'sorted'");
            await ReplayedAsync(standby);
            var other = await RunAsync(standby, "sorted");
            other.ExitCode.Should().Be(1, other.Output);
            other.Output.Should().Contain($"UNSAFE  cdrs_cli_in_idx on cdrs: {Locale} of the C library has version 34.0 on the primary and ")
                .And.Contain("today's entries are in order").And.Contain("CdrApi's filters may go through it").And.Contain("1 of 6 indexes are unsafe");

            // And as if it had sorted by another order: this index was built in the order of bytes.
            await InSortedAsync("UPDATE pg_index SET indcollation = '100' WHERE indexrelid = 'cdrs_note_idx'::regclass");
            await ReplayedAsync(standby);
            var wrong = await RunAsync(standby, "sorted");
            wrong.ExitCode.Should().Be(1, wrong.Output);
            wrong.Output.Should().MatchRegex("UNSAFE  cdrs_note_idx on cdrs: its entries are in another order than this machine's\\. item order invariant violated")
                .And.Contain("2 of 6 indexes are unsafe");
        }
        finally
        {
            await deploy.ExecuteAsync("DROP DATABASE sorted WITH (FORCE)");
        }
    }

    [Fact]
    public async Task What_cannot_be_asked_is_neither_safe_nor_unsafe()
    {
        await deploy.StartAsync(whereThereIsAServer);

        var said = await Script.RunAsync(Program, ["--standby", $"host=127.0.0.1 port={FreePort.Next()} dbname=sippy"]);

        said.ExitCode.Should().Be(2);
        said.Output.Should().Contain("Cannot ask standby. Check --standby.");
    }

    private Task MakeTablesAsync() => InSortedAsync(
        """
        CREATE EXTENSION amcheck;
        CREATE TABLE cdrs (i_cdr bigint PRIMARY KEY, connect_time timestamptz, cli_in varchar(128), cld_in text, note text COLLATE "C");
        INSERT INTO cdrs SELECT i, now(), CASE i % 2 WHEN 0 THEN 'anonymous' ELSE 'Anonymous' END || i, '+33' || i, CASE i % 2 WHEN 0 THEN 'b' ELSE 'C' END FROM generate_series(1, 100) i;
        CREATE INDEX ON cdrs (connect_time, i_cdr);
        CREATE INDEX ON cdrs (cli_in);
        CREATE INDEX ON cdrs (cld_in text_pattern_ops);
        CREATE INDEX ON cdrs USING hash (cld_in);
        CREATE INDEX ON cdrs (note);
        """);

    private async Task InSortedAsync(string sql)
    {
        var file = Path.GetTempFileName();
        await File.WriteAllTextAsync(file, sql);
        var run = await deploy.PsqlAsync(file, deploy.Sandbox.Primary.Uri.Replace("/sippy", "/sorted", StringComparison.Ordinal));
        run.ExitCode.Should().Be(0, run.Output);
        File.Delete(file);
    }

    private async Task ReplayedAsync(ReplicaDirectory standby)
    {
        var written = await deploy.Primary.ScalarAsync<string>("SELECT pg_current_wal_insert_lsn()::text");
        await deploy.ExecuteAsync("CHECKPOINT");
        await Eventually.BecomesTrueAsync(async () => await standby.AskAsync($"SELECT pg_last_wal_replay_lsn() >= '{written}'") == "t");
    }

    private static Task<ScriptResult> RunAsync(ReplicaDirectory standby, string database) =>
        Script.RunAsync(Program, ["--standby", $"host={standby.Root} port={standby.Port} user=postgres dbname={database}"], asServersUser: true);

    private static string Program => Path.Combine(DeploySandbox.Scripts, "replica/cdrapi-collation");
}
