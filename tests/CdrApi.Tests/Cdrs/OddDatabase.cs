using System.Globalization;
using CdrSandbox;
using Npgsql;

namespace CdrApi.Tests.Cdrs;

/// <summary>
/// A database of another encoding, with other types of columns and values that have no number or date; and what it holds once more, plainly, in the
/// schema truth of the sandbox's own: text as lists show it.
/// </summary>
internal sealed class OddDatabase : IAsyncDisposable
{
    private const string Name = "odd";
    public const int Rows = 2500;
    private static readonly string[] Tables = ["cdrs", "calls", "destinations", "countries", "protocols"];
    private readonly TestSandbox _sandbox;
    private readonly NpgsqlDataSource _odd;

    private OddDatabase(TestSandbox sandbox)
    {
        _sandbox = sandbox;
        _odd = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(sandbox.Sandbox.Primary.ConnectionString) { Database = Name, Pooling = false }.ConnectionString);
        Truth = NpgsqlDataSource.Create(sandbox.Sandbox.Primary.ConnectionString + ";Search Path=truth;Timezone=UTC;Application Name=test;Options=-c jit=off");
    }

    /// <summary>Knows the same tables by the same names.</summary>
    public NpgsqlDataSource Truth { get; }

    /// <param name="sandbox">On whose primary.</param>
    /// <param name="encoding">Of the database.</param>
    /// <param name="types">By a column of cdrs; others are as Sippy's.</param>
    /// <param name="text">The type of text that is not among them.</param>
    public static async Task<OddDatabase> CreateAsync(TestSandbox sandbox, string encoding, IReadOnlyDictionary<string, string> types, string text)
    {
        var database = new OddDatabase(sandbox);
        try
        {
            await database.WriteAsync(encoding, types, text);
            return database;
        }
        catch
        {
            await database.DisposeAsync();
            throw;
        }
    }

    private async Task WriteAsync(string encoding, IReadOnlyDictionary<string, string> types, string text)
    {
        await WriteTruthAsync(encoding, types);
        await _sandbox.Primary.CreateCommand($"CREATE DATABASE {Name} TEMPLATE template0 ENCODING '{encoding}' LC_COLLATE 'C' LC_CTYPE 'C'").ExecuteNonQueryAsync();
        foreach (var table in Tables)
        {
            await CopyAsync(table, types, text);
        }

        if (encoding == "SQL_ASCII")
        {
            await WriteBytesThatAreNoTextAsync();
        }

        await RunAsync(
            """
            CREATE UNIQUE INDEX ON cdrs (i_cdr);
            CREATE INDEX ON cdrs (connect_time, i_cdr);
            CREATE INDEX ON cdrs (i_account, connect_time, i_cdr);
            GRANT SELECT ON ALL TABLES IN SCHEMA public TO cdr_reader;
            ANALYZE
            """);
        var written = await _sandbox.Primary.ScalarAsync<string>("SELECT pg_current_wal_lsn()::text");
        await Eventually.BecomesTrueAsync(() => _sandbox.Replica.ScalarAsync<bool>($"SELECT pg_last_wal_replay_lsn() >= '{written}'::pg_lsn"));
    }

    public Task<ApiProcess> StartApiAsync() => _sandbox.Sandbox.StartApiAsync(new Dictionary<string, string?>
    {
        ["Database__ConnectionString"] = new NpgsqlConnectionStringBuilder(_sandbox.Sandbox.ReaderConnectionString) { Database = Name }.ConnectionString,
        ["Source__Customers"] = "",
        ["Source__Accounts"] = "",
    });

    public async ValueTask DisposeAsync()
    {
        await _odd.DisposeAsync();
        await Truth.DisposeAsync();
        await _sandbox.Primary.CreateCommand("DROP SCHEMA IF EXISTS truth CASCADE").ExecuteNonQueryAsync();
        await _sandbox.Primary.CreateCommand($"DROP DATABASE IF EXISTS {Name} WITH (FORCE)").ExecuteNonQueryAsync();
    }

    private async Task WriteTruthAsync(string encoding, IReadOnlyDictionary<string, string> types)
    {
        await Run($"DROP DATABASE IF EXISTS {Name} WITH (FORCE)");
        await Run("DROP SCHEMA IF EXISTS truth CASCADE");
        await Run("CREATE SCHEMA truth");
        await Run(string.Create(CultureInfo.InvariantCulture, $"CREATE TABLE truth.cdrs AS SELECT * FROM cdrs ORDER BY md5(i_cdr::text) LIMIT {Rows}"));
        await Run("CREATE TABLE truth.calls AS SELECT DISTINCT ON (i_call) l.* FROM calls l JOIN truth.cdrs USING (i_call)");
        await Run("CREATE TABLE truth.destinations AS TABLE destinations");
        await Run("CREATE TABLE truth.countries AS TABLE countries");
        await Run("CREATE TABLE truth.protocols AS TABLE protocols");
        await Run(
            """
            UPDATE truth.cdrs SET cost = CASE i_cdr % 3 WHEN 0 THEN 'NaN' WHEN 1 THEN 'Infinity' ELSE '-Infinity' END::float8 WHERE i_cdr % 31 = 0;
            UPDATE truth.cdrs SET duration = CASE i_cdr % 3 WHEN 0 THEN 'NaN' WHEN 1 THEN 'Infinity' ELSE '-0.25' END::float8 WHERE i_cdr % 37 = 0;
            UPDATE truth.cdrs SET pdd1xx = CASE i_cdr % 2 WHEN 0 THEN 'NaN' ELSE 'Infinity' END::float8 WHERE i_cdr % 41 = 0;
            UPDATE truth.cdrs SET connect_time = (ARRAY['infinity', '-infinity', '10000-01-01Z', '9999-12-31T23:59:59Z', '0001-01-01Z', '4000-01-01 BC'])[1 + i_cdr % 6]::timestamptz WHERE i_cdr % 67 = 0;
            UPDATE truth.countries SET name = 'CÔTE D''IVOIRE' WHERE iso = (SELECT min(iso) FROM truth.countries);
            UPDATE truth.cdrs SET cli_in = 'é' || cli_in, area_name = 'Zürich, ÿ' WHERE i_cdr % 11 = 0
            """);
        foreach (var (column, type) in types.Where(t => !IsText(t.Value)))
        {
            await Run($"ALTER TABLE truth.cdrs ALTER COLUMN {column} TYPE {type} USING {column}{(type == "timestamp" ? " AT TIME ZONE 'UTC'" : $"::{type}")}");
        }

        foreach (var (table, column) in await TextColumnsAsync())
        {
            if (encoding.StartsWith("LATIN", StringComparison.Ordinal))
            {
                await Run($"UPDATE truth.{table} SET {column} = regexp_replace({column}, '[^\\u0001-\\u007fÀ-Öà-ö]', '?', 'g') WHERE {column} ~ '[^\\u0001-\\u007fÀ-Öà-ö]'");
            }

            // What char(n) has no place for.
            await Run($"UPDATE truth.{table} SET {column} = rtrim(left({column}, 100), ' ') WHERE length({column}) > 100 OR {column} LIKE '% '");
        }

        if (encoding == "SQL_ASCII")
        {
            await Run(
                """
                UPDATE truth.cdrs SET cli_in = U&'\FFFD' || cli_in || U&'\FFFD' WHERE i_cdr % 7 = 0;
                UPDATE truth.cdrs SET prefix = prefix || U&'\FFFD' WHERE i_cdr % 13 = 0;
                UPDATE truth.calls SET cld = U&'+\FFFD\FFFD' || cld WHERE i_call % 5 = 0;
                INSERT INTO truth.destinations (prefix, country_iso, description) SELECT prefix || U&'\FFFD', country_iso, U&'odd \FFFD' FROM (SELECT DISTINCT ON (prefix) * FROM truth.destinations ORDER BY prefix, description COLLATE "C", country_iso COLLATE "C") d;
                UPDATE truth.countries SET name = name || U&'\FFFD' WHERE iso = (SELECT max(iso) FROM truth.countries)
                """);
        }

        await Run("CREATE UNIQUE INDEX ON truth.cdrs (i_cdr); CREATE UNIQUE INDEX ON truth.calls (i_call); CREATE INDEX ON truth.cdrs (connect_time); ANALYZE truth.cdrs, truth.calls");

        async Task Run(string sql) => await _sandbox.Primary.CreateCommand(sql).ExecuteNonQueryAsync();
    }

    private async Task<List<(string Table, string Column)>> TextColumnsAsync()
    {
        var columns = new List<(string, string)>();
        await using var command = _sandbox.Primary.CreateCommand(
            "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'truth' AND data_type IN ('text', 'character varying') ORDER BY 1, 2");
        await using var reader = await command.ExecuteReaderAsync();
        while (await reader.ReadAsync())
        {
            columns.Add((reader.GetString(0), reader.GetString(1)));
        }

        return columns;
    }

    /// <summary>By way of JSON, in the encoding of the connection.</summary>
    private async Task CopyAsync(string table, IReadOnlyDictionary<string, string> types, string text)
    {
        var columns = await _sandbox.Primary.ScalarAsync<string>(
            $"""
            SELECT string_agg(column_name || ' ' || CASE WHEN data_type IN ('text', 'character varying') THEN '{text}' ELSE data_type END, ', ' ORDER BY ordinal_position)
            FROM information_schema.columns WHERE table_schema = 'truth' AND table_name = '{table}'
            """);
        await RunAsync($"CREATE TABLE {table} ({columns})");
        foreach (var (column, type) in types.Where(t => table == "cdrs" && IsText(t.Value)))
        {
            await RunAsync($"ALTER TABLE cdrs ALTER COLUMN {column} TYPE {type} USING {column}::text::{type}");
        }

        var rows = await _sandbox.Primary.ScalarAsync<string>($"SELECT json_agg(t)::text FROM truth.{table} t");
        await using var insert = _odd.CreateCommand($"INSERT INTO {table} SELECT * FROM json_populate_recordset(NULL::{table}, $1::json)");
        insert.Parameters.Add(new() { Value = rows });
        await insert.ExecuteNonQueryAsync();
    }

    /// <summary>A byte that is none in UTF-8, in place of each sign that says so.</summary>
    private async Task WriteBytesThatAreNoTextAsync()
    {
        await RunAsync("DO $$ BEGIN EXECUTE format('ALTER TABLE cdrs ADD COLUMN %I text', 'x' || convert_from('\\xff', 'SQL_ASCII')); END $$");
        foreach (var (table, column) in await TextColumnsAsync())
        {
            await RunAsync($"UPDATE {table} SET {column} = replace({column}, '\uFFFD', convert_from('\\xff', 'SQL_ASCII')) WHERE {column}::text LIKE '%\uFFFD%'");
        }
    }

    private static bool IsText(string type) => type.StartsWith("char", StringComparison.Ordinal) || type is "text" or "inet" || type.StartsWith("varchar", StringComparison.Ordinal);

    private async Task RunAsync(string sql) => await _odd.CreateCommand(sql).ExecuteNonQueryAsync();
}
