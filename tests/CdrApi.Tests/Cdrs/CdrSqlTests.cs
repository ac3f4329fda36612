using System.Text.RegularExpressions;
using CdrApi.Cdrs;
using CdrApi.Database;
using Dapper;
using Npgsql;
using NpgsqlTypes;

namespace CdrApi.Tests.Cdrs;

/// <summary>A slice must walk an index from its key, however large the table: a sort would read all of it each time.</summary>
public sealed class CdrSqlTests(TestSandbox sandbox)
{
    // Few, so that a sample of this size is to the planner what a slice is in a real table.
    private const int Rows = 20;

    public static TheoryData<string, string, bool, int> Slices => new(
        from order in new[] { "Asc", "Desc" }
        from accounts in new[] { "", "3", "3,4,5" }
        from dates in new[] { false, true }
        from rows in new[] { Rows, 5001 }
        select (order, accounts, dates, rows));

    [Theory]
    [MemberData(nameof(Slices))]
    public async Task A_slice_of_either_phase_is_a_walk_of_its_index(string order, string accounts, bool dates, int rows)
    {
        var source = Source();
        var filter = new CdrFilter { Type = CdrType.All, Accounts = accounts.Length == 0 ? null : [.. accounts.Split(',').Select(long.Parse)] };
        if (dates)
        {
            filter = filter with { Start = TimeProvider.System.GetUtcNow().AddDays(-20), End = TimeProvider.System.GetUtcNow() };
        }

        var query = new CdrQuery(filter, Enum.Parse<CdrOrder>(order), new CdrSelection(source, source.Fields));
        var middle = await sandbox.Replica.ScalarAsync<DateTime>("SELECT percentile_disc(0.5) WITHIN GROUP (ORDER BY connect_time) FROM cdrs");

        foreach (var (phase, after) in new (CdrPhase, CdrPosition?)[]
        {
            (CdrPhase.Timed, null),
            (CdrPhase.Timed, new CdrPosition(PostgresTime.From(middle), 1)),
            (CdrPhase.Untimed, null),
            (CdrPhase.Untimed, new CdrPosition(null, 418_100_000)),
        })
        {
            if (dates && phase == CdrPhase.Untimed)
            {
                continue;
            }

            var slice = CdrSql.Slice(source, query, phase, after, rows);

            slice.Settings.Should().Be(CdrStatement.KeepPlan);
            foreach (var plan in new[] { await ExplainAsync(slice), await ExplainForAnyValuesAsync(slice) })
            {
                plan.Should().Contain(accounts.Length == 0 ? "cdrs_connect_time_i_cdr_idx" : "cdrs_i_account_connect_time_i_cdr_idx").And.NotContain("Sort  (").And.NotContain("Seq Scan").And.NotContain("Bitmap",
                    "{0} after {1}:\n{2}", phase, after, plan);
            }
        }
    }

    [Theory]
    [InlineData(true, true, "3", "", true)]
    [InlineData(true, true, "3", "336*", false)]
    [InlineData(true, true, "many", "", false)]
    [InlineData(true, false, "3", "", false)]
    [InlineData(false, true, "3", "", false)]
    public void A_plan_is_kept_only_where_it_can_be_no_other(bool hasIndexes, bool hasManyAccounts, string accounts, string cli, bool kept)
    {
        var source = Source(hasIndexes, hasManyAccounts);
        var filter = new CdrFilter
        {
            Accounts = accounts == "many" ? [.. Enumerable.Range(1, 51)] : [.. accounts.Split(',').Select(long.Parse)],
            Conditions = cli.Length == 0 ? [] : [new Matches("cli", [cli])],
        };

        CdrSql.Slice(source, new CdrQuery(filter, CdrOrder.Desc, new CdrSelection(source, source.Fields)), CdrPhase.Timed, null, Rows)
            .Settings.Should().Be(kept ? CdrStatement.KeepPlan : CdrStatement.PlanForValues);
        CdrSql.Count(source, filter).Settings.Should().Be(CdrStatement.PlanForValues);
    }

    [Fact]
    public async Task The_number_of_accounts_is_what_the_planner_takes_it_for_in_the_largest_part()
    {
        await using var connection = await sandbox.Primary.OpenConnectionAsync();
        await connection.ExecuteAsync(
            """
            CREATE SCHEMA parts;
            CREATE TABLE parts.cdrs (i_account bigint, connect_time int) PARTITION BY RANGE (connect_time);
            CREATE TABLE parts.small PARTITION OF parts.cdrs FOR VALUES FROM (0) TO (10);
            CREATE TABLE parts.large PARTITION OF parts.cdrs FOR VALUES FROM (10) TO (20);
            INSERT INTO parts.cdrs SELECT n % 3, 1 FROM generate_series(1, 100) n;
            INSERT INTO parts.cdrs SELECT n % 150, 11 FROM generate_series(1, 3000) n;
            ANALYZE parts.cdrs;
            CREATE TABLE parts.without_statistics (i_account bigint);
            """);
        try
        {
            (await AccountsAsync("parts.cdrs")).Should().Be(150);
            (await AccountsAsync("parts.large")).Should().Be(150);
            (await AccountsAsync("parts.small")).Should().Be(3);
            (await AccountsAsync("parts.without_statistics")).Should().BeNull();
        }
        finally
        {
            await connection.ExecuteAsync("DROP SCHEMA parts CASCADE");
        }

        Task<double?> AccountsAsync(string relation) =>
            connection.ExecuteScalarAsync<double?>(CdrSourceSql.DistinctValues, new { relation, column = "i_account" });
    }

    // What a session is left with: the plan of a filter's first callers would be the plan of all.
    [Fact]
    public async Task A_filter_is_planned_for_its_values_each_time()
    {
        await using var preparing = NpgsqlDataSource.Create(sandbox.Sandbox.Standbys[0].ConnectionString + ";Max Auto Prepare=10;Auto Prepare Min Usages=2");
        await using var connection = await preparing.OpenConnectionAsync();
        var source = Source();
        var filter = new CdrFilter { Conditions = [new Matches("cli", ["33639980001"])] };
        var plannedForValues = await KeptAsync(CdrSql.Count(source, filter).Settings);
        var mode = await connection.ExecuteScalarAsync<string>("SHOW plan_cache_mode");
        var otherwise = await KeptAsync(CdrStatement.KeepPlan);

        plannedForValues.Should().Be(0);
        mode.Should().Be("auto", "the setting ends with its statement");
        otherwise.Should().BeGreaterThan(0, "PostgreSQL would keep this plan after five");

        async Task<long> KeptAsync(string settings)
        {
            for (var i = 0; i < 10; i++)
            {
                var statement = CdrSql.Count(source, filter) with { Settings = settings };
                await using var reader = await connection.ExecuteReaderAsync(statement.ToCommand(CancellationToken.None));
                var row = await statement.RowsAsync(reader, CancellationToken.None);
                (await row.ReadAsync()).Should().BeTrue();
            }

            return await connection.ExecuteScalarAsync<long>("SELECT sum(generic_plans)::bigint FROM pg_prepared_statements WHERE statement LIKE '%count(*)%cli%'");
        }
    }

    [Fact]
    public async Task The_calls_are_looked_up_only_for_what_stands_in_them()
    {
        var source = Source();
        var plain = new CdrQuery(new CdrFilter(), CdrOrder.Desc, new CdrSelection(source, source.Fields.Where(f => !f.Column.OfCall)));
        var field = plain with { Selection = new CdrSelection(source, [source.Find("call_id")!]) };
        var filter = plain with { Filter = new CdrFilter { Conditions = [new Matches("cli_translated", ["336*"])] } };

        (await ExplainAsync(CdrSql.Slice(source, plain, CdrPhase.Timed, null, Rows))).Should().NotContain("calls");
        (await ExplainAsync(CdrSql.Slice(source, field, CdrPhase.Timed, null, Rows))).Should().Contain("calls_pkey").And.NotContain("Sort  (");
        (await ExplainAsync(CdrSql.Slice(source, filter, CdrPhase.Timed, null, Rows))).Should().Contain("calls");
    }

    private static CdrSource Source(bool hasIndexes = true, bool hasManyAccounts = true) => new("cdrs", "calls", CdrFields.All.ToDictionary(f => f.Name, f =>
    {
        var name = $"{(f.OfCall ? CdrSource.CallAlias : CdrSource.Alias)}.\"{CdrFields.All.FirstOrDefault(o => o.Name == f.Column && f.Lookup != CdrLookup.None)?.Column ?? f.Column}\"";
        return new SourceField(f, new SourceColumn(name, name, ColumnFormat.Text, f.OfCall), f.Lookup);
    }), hasIndexes, hasManyAccounts);

    private async Task<string> ExplainAsync(CdrStatement statement)
    {
        await using var pool = Pool();
        await using var connection = await pool.OpenConnectionAsync();
        return await PlanAsync(connection, "EXPLAIN " + statement.Text, statement.Parameters);
    }

    private async Task<string> ExplainForAnyValuesAsync(CdrStatement statement)
    {
        await using var pool = Pool();
        await using var connection = await pool.OpenConnectionAsync();
        await connection.ExecuteAsync("SET plan_cache_mode = force_generic_plan");
        using var parameters = new NpgsqlCommand();
        statement.Parameters.AddParameters(parameters, null!);
        var text = statement.Text;
        foreach (var (index, parameter) in parameters.Parameters.Index())
        {
            text = Regex.Replace(text, $"@{parameter.ParameterName}\\b", $"${index + 1}");
        }

        var types = parameters.Parameters.Select(p => p.NpgsqlDbType == NpgsqlDbType.TimestampTz ? "timestamptz" : "bigint").ToList();
        var values = types.Select(type => type == "bigint" ? "1" : "now()").ToList();
        await connection.ExecuteAsync($"PREPARE slice{Of(types)} AS {text}");
        return await PlanAsync(connection, $"EXPLAIN EXECUTE slice{Of(values)}", parameters: null);

        static string Of(List<string> list) => list.Count == 0 ? "" : $"({string.Join(", ", list)})";
    }

    // As the service's own sessions plan.
    private NpgsqlDataSource Pool() =>
        NpgsqlDataSource.Create($"{sandbox.Sandbox.Standbys[0].ConnectionString};Pooling=false;Options={Replicas.PlannerOptions}");

    private static async Task<string> PlanAsync(NpgsqlConnection connection, string text, CdrSqlParameters? parameters) =>
        string.Join('\n', await connection.QueryAsync<string>(text, parameters));
}
