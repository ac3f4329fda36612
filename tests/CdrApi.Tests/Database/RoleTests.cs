using Npgsql;

namespace CdrApi.Tests.Database;

/// <summary>What deploy/postgres/primary/roles.sql makes, as a standby shows it.</summary>
public sealed class RoleTests(TestSandbox sandbox)
{
    [Fact]
    public async Task The_reader_can_read_and_nothing_else()
    {
        (await sandbox.Replica.ScalarAsync<string>(
            """
            SELECT concat_ws(' ', rolcanlogin, rolsuper, rolcreatedb, rolcreaterole, rolreplication, rolbypassrls, rolconnlimit)
            FROM pg_roles WHERE rolname = 'cdr_reader'
            """)).Should().Be("t f f f f f 200");
        (await sandbox.Replica.ScalarAsync<string>("SELECT array_to_string(setconfig, ' ') FROM pg_db_role_setting WHERE setrole = 'cdr_reader'::regrole"))
            .Should().Be("default_transaction_read_only=on statement_timeout=10min");
        (await sandbox.Replica.ScalarAsync<bool>("SELECT rolpassword LIKE 'SCRAM-SHA-256$%' FROM pg_authid WHERE rolname = 'cdr_reader'")).Should().BeTrue();
        (await sandbox.Replica.ScalarAsync<string>(
            """
            SELECT string_agg(table_name, ' ' ORDER BY table_name) FROM information_schema.role_table_grants
            WHERE grantee = 'cdr_reader' AND table_schema = 'public' AND privilege_type = 'SELECT' AND table_name !~ '_cdrs$'
            """)).Should().Be("accounts calls cdrs countries customers destinations protocols");
        (await sandbox.Replica.ScalarAsync<long>("SELECT count(*) FROM information_schema.role_table_grants WHERE grantee = 'cdr_reader' AND privilege_type <> 'SELECT'"))
            .Should().Be(0);
    }

    [Fact]
    public async Task The_replicator_can_stream_and_read_no_table()
    {
        (await sandbox.Replica.ScalarAsync<string>(
            """
            SELECT concat_ws(' ', rolcanlogin, rolsuper, rolcreatedb, rolcreaterole, rolreplication, rolbypassrls)
            FROM pg_roles WHERE rolname = 'cdr_replicator'
            """)).Should().Be("t f f f t f");
        (await sandbox.Replica.ScalarAsync<bool>("SELECT has_table_privilege('cdr_replicator', 'cdrs', 'SELECT')")).Should().BeFalse();
    }

    [Fact]
    public async Task The_reader_cannot_write_on_the_primary_even_when_it_leaves_read_only()
    {
        var reader = new NpgsqlConnectionStringBuilder(sandbox.Sandbox.ReaderConnectionString);
        var primary = new NpgsqlConnectionStringBuilder(sandbox.Sandbox.Primary.ConnectionString) { Username = reader.Username, Password = reader.Password };
        await using var database = NpgsqlDataSource.Create(primary.ConnectionString);
        await using var connection = await database.OpenConnectionAsync();
        await using (var leave = new NpgsqlCommand("SET default_transaction_read_only = off", connection))
        {
            await leave.ExecuteNonQueryAsync();
        }

        // Before PostgreSQL 15 everybody may create in the schema public.
        string[] create = connection.PostgreSqlVersion.Major < 15 ? [] : ["CREATE TABLE mine (i int)"];
        string[] writes =
        [
            "DELETE FROM cdrs", "UPDATE cdrs SET cost = 0", "INSERT INTO cdrs SELECT * FROM cdrs", "TRUNCATE cdrs",
            "DROP TABLE cdrs",
        ];
        foreach (var sql in writes.Concat(create))
        {
            await using var command = new NpgsqlCommand(sql, connection);
            var writing = () => command.ExecuteNonQueryAsync();
            (await writing.Should().ThrowAsync<PostgresException>(sql)).Which.SqlState.Should().Be(PostgresErrorCodes.InsufficientPrivilege, sql);
        }
    }
}
