using CdrSandbox;

namespace CdrApi.Benchmarks.Compare;

/// <summary>PostgreSQL without anything before it: what nobody can be faster than, and what SQL can do by itself.</summary>
internal static class PostgresContenders
{
    /// <param name="sandbox">Its standby is asked.</param>
    /// <param name="depth">Rows before the deep page.</param>
    /// <param name="cancellation">Ends it.</param>
    public static async Task<IReadOnlyList<Contender>> DescribeAsync(Sandbox sandbox, int depth, CancellationToken cancellation)
    {
        var psql = new Psql(sandbox);
        var position = (await psql.ListAsync(ContenderSql.Position(depth), cancellation)).Single();
        return
        [
            new(ContenderNames.Floor)
            {
                List = (_, rows, account) => psql.Arguments(ContenderSql.Copy(rows, account)),
                RowMark = "",
                Statistics = _ => psql.Arguments(AnalystSql.ByDay),
                AccountPage = new(Sql: ContenderSql.AccountPage),
                FirstPage = new(Sql: ContenderSql.Page(after: null)),
                DeepPage = new(Sql: ContenderSql.Page(position)),
            },
            new(ContenderNames.JsonAgg) { List = (_, rows, account) => psql.Arguments(ContenderSql.JsonAgg(rows, account)) },
        ];
    }
}
