using CdrSandbox;

namespace CdrApi.Benchmarks.Compare;

/// <summary>PostgreSQL without anything before it: what nobody can be faster than, and what SQL can do by itself.</summary>
internal static class PostgresContenders
{
    // What the API sets on its own sessions: a plan for the actual values, each time.
    private const string PlannedAnew = "-c plan_cache_mode=force_custom_plan -c jit=off";

    /// <param name="sandbox">Its standby is asked.</param>
    /// <param name="depth">Rows before the deep page.</param>
    /// <param name="cancellation">Ends it.</param>
    public static async Task<IReadOnlyList<Contender>> DescribeAsync(Sandbox sandbox, int depth, CancellationToken cancellation)
    {
        var psql = new Psql(sandbox);
        var position = (await psql.ListAsync(ContenderSql.Position(depth), cancellation)).Single();
        return
        [
            Pages(ContenderNames.Floor, PlannedAnew) with
            {
                List = (_, rows, account) => psql.Arguments(ContenderSql.Copy(rows, account)),
                RowMark = "",
                Statistics = _ => psql.Arguments(AnalystSql.ByDay),
            },
            Pages(ContenderNames.FloorGeneric, ""),
            new(ContenderNames.JsonAgg) { List = (_, rows, account) => psql.Arguments(ContenderSql.JsonAgg(rows, account)) },
        ];

        Contender Pages(string name, string options) => new(name)
        {
            AccountPage = new(Sql: ContenderSql.AccountPage, SessionOptions: options),
            FirstPage = new(Sql: ContenderSql.Page(after: null), SessionOptions: options),
            DeepPage = new(Sql: ContenderSql.Page(position), SessionOptions: options),
        };
    }
}
