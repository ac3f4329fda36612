namespace CdrApi.Benchmarks.Compare.Report;

/// <param name="Head">Its heading.</param>
/// <param name="Cell">Null where a row has no value in it.</param>
internal sealed record Column<T>(string Head, Func<T, string?> Cell);

/// <summary>A table in Markdown, without the columns in which no row has a value.</summary>
internal static class MarkdownTable
{
    /// <param name="rows">What the rows are of.</param>
    /// <param name="columns">The first one names the row, the others have figures.</param>
    /// <param name="instead">What stands in a row instead of figures.</param>
    public static string Of<T>(IReadOnlyList<T> rows, IReadOnlyList<Column<T>> columns, Func<T, string?>? instead = null)
    {
        Column<T>[] used = [.. columns.Where((column, i) => i < 2 || rows.Any(row => column.Cell(row) is not null))];
        string[] lines =
        [
            Line(used.Select(column => column.Head)),
            // Figures to the right, so that their digits stand below each other.
            "|" + string.Concat(used.Select((_, i) => i == 0 ? "---|" : "---:|")),
            .. rows.Select(row => Line(instead?.Invoke(row) is { } text
                ? [used[0].Cell(row), text, .. used.Skip(2).Select(_ => "")]
                : used.Select(column => column.Cell(row)))),
        ];
        return string.Join('\n', lines);
    }

    private static string Line(IEnumerable<string?> cells) => $"| {string.Join(" | ", cells.Select(Escape))} |";

    // A failure's text may have anything in it.
    private static string Escape(string? text) => (text ?? "").ReplaceLineEndings(" ")
        .Replace("|", "\\|", StringComparison.Ordinal).Replace("<", "&lt;", StringComparison.Ordinal);
}
