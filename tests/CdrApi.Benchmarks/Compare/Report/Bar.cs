namespace CdrApi.Benchmarks.Compare.Report;

/// <summary>One bar of a chart.</summary>
/// <param name="Label">To its left; empty for a bar that belongs to the one above it.</param>
/// <param name="Text">Its value, to its right.</param>
/// <param name="Value">Null for a contender that failed: it has a text, and no bar.</param>
/// <param name="Colour">Of the bar.</param>
internal sealed record Bar(string Label, string Text, Spread? Value, string Colour)
{
    public const string Accent = "#2563eb";

    /// <summary>Null for a contender that does not have this figure, such as the floor a server's memory.</summary>
    public static Bar? Of(Measurement row, Func<Run, double?> figure, Func<double, string> format)
    {
        var colour = row.Contender switch
        {
            ContenderNames.Ours => Accent,
            ContenderNames.Floor => "#4b5563",
            _ => "#b6bec9",
        };
        if (Spread.Of(row, figure) is { } value)
            return new(row.Contender, format(value.Median), value, colour);
        return row.Runs is [] ? new(row.Contender, "failed", null, colour) : null;
    }
}
