using CdrApi.Cdrs;
using Npgsql;

namespace CdrApi.Tests.Cdrs;

/// <summary>A slice must walk an index from its key, however large the table: a sort would read all of it each time.</summary>
public sealed class CdrSqlTests(TestSandbox sandbox)
{
    // Few, so that a sample of this size is to the planner what a slice is in a real table.
    private const int Rows = 20;

    public static TheoryData<string, string> Slices => new(
        from order in new[] { "Asc", "Desc" }
        from accounts in new[] { "", "3", "3,4,5" }
        select (order, accounts));

    [Theory]
    [MemberData(nameof(Slices))]
    public async Task A_slice_of_either_phase_is_a_walk_of_an_index(string order, string accounts)
    {
        var source = Source();
        var filter = new CdrFilter { Type = CdrType.All, Accounts = accounts.Length == 0 ? null : [.. accounts.Split(',').Select(long.Parse)] };
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
            var plan = await ExplainAsync(CdrSql.Slice(source, query, phase, after, Rows));

            plan.Should().Contain("Index").And.NotContain("Sort  (").And.NotContain("Seq Scan").And.NotContain("Bitmap",
                "{0} after {1}:\n{2}", phase, after, plan);
        }
    }

    [Fact]
    public async Task The_calls_are_looked_up_only_for_what_stands_in_them()
    {
        var source = Source();
        var plain = new CdrQuery(new CdrFilter(), CdrOrder.Desc, new CdrSelection(source, source.Fields.Where(f => !f.Column.OfCall)));
        var field = plain with { Selection = new CdrSelection(source, [source.Find("call_id")!]) };
        var filter = plain with { Filter = new CdrFilter { Conditions = [new Matches("cli_translated", "336*")] } };

        (await ExplainAsync(CdrSql.Slice(source, plain, CdrPhase.Timed, null, Rows))).Should().NotContain("calls");
        (await ExplainAsync(CdrSql.Slice(source, field, CdrPhase.Timed, null, Rows))).Should().Contain("calls_pkey").And.NotContain("Sort  (");
        (await ExplainAsync(CdrSql.Slice(source, filter, CdrPhase.Timed, null, Rows))).Should().Contain("calls");
    }

    private static CdrSource Source() => new("cdrs", "calls", CdrFields.All.ToDictionary(f => f.Name, f =>
    {
        var name = $"{(f.OfCall ? CdrSource.CallAlias : CdrSource.Alias)}.\"{CdrFields.All.FirstOrDefault(o => o.Name == f.Column && f.Lookup != CdrLookup.None)?.Column ?? f.Column}\"";
        return new SourceField(f, new SourceColumn(name, name, ColumnFormat.Text, f.OfCall), f.Lookup);
    }));

    private async Task<string> ExplainAsync((string Text, CdrSqlParameters Parameters) query)
    {
        await using var connection = await sandbox.Replica.OpenConnectionAsync();
        await new NpgsqlCommand("SET max_parallel_workers_per_gather = 0", connection).ExecuteNonQueryAsync();
        await using var command = new NpgsqlCommand("EXPLAIN " + query.Text, connection);
        query.Parameters.AddParameters(command, null!);
        await using var reader = await command.ExecuteReaderAsync();
        var plan = new List<string>();
        while (await reader.ReadAsync())
        {
            plan.Add(reader.GetString(0));
        }

        return string.Join('\n', plan);
    }
}
