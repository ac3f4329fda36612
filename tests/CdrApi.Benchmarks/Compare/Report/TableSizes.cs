using static System.FormattableString;

namespace CdrApi.Benchmarks.Compare.Report;

/// <summary>How much the size of the table matters: a table for lists and one for pages, a row for each size.</summary>
internal static class TableSizes
{
    public const string Title = "Size of the table";

    /// <summary>Null where neither was measured.</summary>
    public static string? Of(Comparison comparison)
    {
        string?[] tables =
        [
            Table(comparison, Works.ListAt, "100,000 CDRs of all accounts:"),
            Table(comparison, Works.PageAt, "A page of 100 of a random account, 1 connection:"),
        ];
        return tables.All(table => table is null) ? null : string.Join("\n\n", tables.OfType<string>());
    }

    private static string? Table(Comparison comparison, Func<int, Work> at, string title)
    {
        int[] sizes = [.. comparison.Rows.Where(rows => comparison.Of(at(rows)) is not [])];
        if (sizes is [])
            return null;

        Column<int>[] columns =
        [
            new("CDRs in the table", rows => Invariant($"{rows:N0}")),
            .. Columns(ContenderNames.Ours),
            .. Columns(ContenderNames.Floor),
        ];
        return $"{title}\n\n{MarkdownTable.Of(sizes, columns)}";

        IEnumerable<Column<int>> Columns(string contender)
        {
            yield return new(contender, rows => Of(rows) is { } spread
                ? Figures.Time(spread.Median)
                : comparison.Find(at(rows).Name, contender)?.Failure);
            yield return new("min – max", rows => Of(rows) is { } spread ? Figures.Range(spread, Figures.Time) : null);
            yield return new("to the smallest", rows => Of(rows) is { } spread && Of(comparison.Rows[0]) is { } smallest
                ? Figures.Ratio(spread.Median / smallest.Median)
                : null);

            Spread? Of(int rows) => comparison.Spread(at(rows), contender, run => run.Milliseconds);
        }
    }
}
