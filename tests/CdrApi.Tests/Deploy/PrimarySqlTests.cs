using Npgsql;

namespace CdrApi.Tests.Deploy;

/// <summary>Each file of deploy/postgres/primary, and its undo, as psql runs them: both twice, and the primary is as before.</summary>
[Collection(DeployPostgres.Name)]
public sealed class PrimarySqlTests(TestSandbox whereThereIsAServer, DeploySandbox deploy) : IAsyncLifetime
{
    /// <summary>All that these files could change, in words that are the same for the same state.</summary>
    private const string Catalog =
        """
        SELECT 'role ' || concat_ws(' ', rolname, rolcanlogin, rolsuper, rolinherit, rolcreaterole, rolcreatedb, rolreplication, rolbypassrls, rolconnlimit) AS line FROM pg_roles
        UNION ALL SELECT concat_ws(' ', 'set', setrole::regrole, setdatabase, setconfig) FROM pg_db_role_setting
        UNION ALL SELECT concat_ws(' ', 'member', member::regrole, roleid::regrole) FROM pg_auth_members
        UNION ALL SELECT concat_ws(' ', 'relation', c.oid::regclass, relkind, relrowsecurity, relforcerowsecurity, relreplident, coalesce(relacl, acldefault('r', relowner)))
          FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace WHERE nspname = 'public'
        UNION ALL SELECT 'column ' || concat_ws(' ', attrelid::regclass, attname, attacl) FROM pg_attribute JOIN pg_class c ON c.oid = attrelid
          WHERE relnamespace = 'public'::regnamespace AND attacl IS NOT NULL
        UNION ALL SELECT concat_ws(' ', 'schema', nspname, nspacl) FROM pg_namespace WHERE nspname = 'public'
        UNION ALL SELECT concat_ws(' ', 'database', datname, coalesce(datacl, acldefault('d', datdba))) FROM pg_database
        UNION ALL SELECT concat_ws(' ', 'index', pg_get_indexdef(indexrelid), indisvalid) FROM pg_index JOIN pg_class c ON c.oid = indexrelid
          WHERE relnamespace = 'public'::regnamespace
        UNION ALL SELECT concat_ws(' ', 'policy', tablename, policyname, permissive, roles, cmd, qual, with_check) FROM pg_policies
        UNION ALL SELECT concat_ws(' ', 'slot', slot_name, slot_type) FROM pg_replication_slots
        UNION ALL SELECT concat_ws(' ', 'publication', pubname, puballtables) FROM pg_publication
        UNION ALL SELECT concat_ws(' ', 'published', pubname, tablename) FROM pg_publication_tables
        ORDER BY 1
        """;

    public async ValueTask InitializeAsync() => await deploy.StartAsync(whereThereIsAServer);

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Theory]
    [InlineData("primary/indexes", "index CREATE INDEX cdrs_i_account_connect_time_i_cdr_idx")]
    [InlineData("primary/covering-index", "index CREATE INDEX cdrs_i_account_statistics_idx")]
    [InlineData("primary/row-level-security", "policy cdrs cdr_reader_accounts")]
    [InlineData("primary/slot", "slot standby1 physical")]
    [InlineData("logical/publication", "published cdrapi destinations")]
    [InlineData("primary/roles", "member cdr_monitor pg_monitor")]
    public async Task A_file_and_its_undo_can_be_run_twice_and_leave_all_as_it_was(string file, string makes)
    {
        // The sandbox has some of it already.
        await TwiceAsync(file + "-undo.sql");
        var before = await CatalogAsync();
        before.Should().NotContain(l => l.StartsWith(makes, StringComparison.Ordinal));

        await TwiceAsync(file + ".sql");
        (await CatalogAsync()).Should().Contain(l => l.StartsWith(makes, StringComparison.Ordinal));
        await TwiceAsync(file + "-undo.sql");
        (await CatalogAsync()).Should().Equal(before);

        if (file is "primary/indexes" or "primary/roles")
        {
            await TwiceAsync(file + ".sql");
            await deploy.SetPasswordsAsync();
        }
    }

    [Fact]
    public async Task Roles_that_others_granted_something_to_are_not_dropped_silently()
    {
        await deploy.ExecuteAsync("GRANT SELECT ON cdrs_customers TO cdr_reader");

        var undone = await deploy.PsqlAsync("primary/roles-undo.sql");

        undone.ExitCode.Should().Be(3, undone.Output);
        undone.Output.Should().Contain("privileges for table cdrs_customers");
        await deploy.ExecuteAsync("REVOKE SELECT ON cdrs_customers FROM cdr_reader");
        (await deploy.Primary.ScalarAsync<bool>("SELECT has_table_privilege('cdr_reader', 'cdrs', 'SELECT')")).Should().BeTrue("it is done as a whole or not at all");
    }

    [Fact]
    public async Task The_monitor_sees_statistics_and_no_table()
    {
        await using var connection = await deploy.Primary.OpenConnectionAsync();
        await using (var become = new NpgsqlCommand("SET ROLE cdr_monitor", connection))
        {
            await become.ExecuteNonQueryAsync();
        }

        await using var statistics = new NpgsqlCommand("SELECT count(*) FROM pg_stat_activity WHERE query = '<insufficient privilege>'", connection);
        (await statistics.ExecuteScalarAsync()).Should().Be(0L);
        await using var settings = new NpgsqlCommand("SELECT setting FROM pg_settings WHERE name = 'data_directory'", connection);
        (await settings.ExecuteScalarAsync()).Should().Be(deploy.Sandbox.Primary.DataDirectory);
        await using var cdrs = new NpgsqlCommand("SELECT count(*) FROM cdrs", connection);
        var reading = () => cdrs.ExecuteScalarAsync();
        (await reading.Should().ThrowAsync<PostgresException>()).Which.SqlState.Should().Be(PostgresErrorCodes.InsufficientPrivilege);
    }

    [Theory]
    [InlineData("primary/postgresql.conf", "pg_hba.conf", "primary/pg_hba.conf")]
    [InlineData("logical/primary.conf", "pg_hba.conf", "logical/pg_hba.conf")]
    public async Task PostgreSQL_takes_the_lines_for_its_files(string settings, string hba, string lines)
    {
        var data = deploy.Sandbox.Primary.DataDirectory;
        var (ours, theirs) = (Path.Combine(data, "postgresql.conf"), Path.Combine(data, hba));
        var (before, hbaBefore) = (await File.ReadAllTextAsync(ours), await File.ReadAllTextAsync(theirs));
        try
        {
            await File.AppendAllTextAsync(ours, "\n" + await File.ReadAllTextAsync(Path.Combine(DeploySandbox.Scripts, settings)));
            await File.AppendAllTextAsync(theirs, "\n" + await File.ReadAllTextAsync(Path.Combine(DeploySandbox.Scripts, lines)));

            (await deploy.Primary.ScalarAsync<long>("SELECT count(*) FROM pg_hba_file_rules WHERE error IS NOT NULL")).Should().Be(0);
            (await deploy.Primary.ScalarAsync<long>("SELECT count(*) FROM pg_file_settings WHERE error IS NOT NULL AND name NOT IN ('max_wal_senders', 'max_replication_slots')"))
                .Should().Be(0, "these two need a restart, where they differ");
            await deploy.Primary.ScalarAsync<bool>("SELECT pg_reload_conf()");
            await Eventually.BecomesTrueAsync(async () => await deploy.Primary.ScalarAsync<string>("SHOW max_slot_wal_keep_size") == "50GB");
        }
        finally
        {
            await File.WriteAllTextAsync(ours, before);
            await File.WriteAllTextAsync(theirs, hbaBefore);
            await deploy.Primary.ScalarAsync<bool>("SELECT pg_reload_conf()");
        }
    }

    private async Task TwiceAsync(string file)
    {
        for (var time = 1; time <= 2; time++)
        {
            var run = await deploy.PsqlAsync(file, null, "-v", "slot=standby1");
            run.ExitCode.Should().Be(0, "{0}: {1}", file, run.Output);
        }
    }

    private async Task<List<string>> CatalogAsync()
    {
        var lines = new List<string>();
        await using var command = deploy.Primary.CreateCommand(Catalog);
        await using var reader = await command.ExecuteReaderAsync();
        while (await reader.ReadAsync())
        {
            lines.Add(reader.GetString(0));
        }

        return lines;
    }
}
