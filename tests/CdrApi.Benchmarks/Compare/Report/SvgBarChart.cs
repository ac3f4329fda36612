using static System.FormattableString;

namespace CdrApi.Benchmarks.Compare.Report;

/// <summary>Horizontal bars, each with a line from its smallest to its largest run.</summary>
internal static class SvgBarChart
{
    private const int Height = 20;

    public static string Draw(string title, string subtitle, IReadOnlyList<Bar> bars)
    {
        var left = Svg.Margin + Svg.Room(bars.Select(bar => bar.Label)) + 10;
        var right = Svg.Width - Svg.Margin - Svg.Room(bars.Select(bar => bar.Text)) - 8;
        var scale = new BarScale([.. bars.Select(bar => bar.Value).OfType<Spread>()], left, right);

        var rows = new List<string>();
        double y = Svg.Top;
        for (var i = 0; i < bars.Count; i++)
        {
            if (i > 0)
                y += Height + (bars[i].Label == "" ? 3 : 11);
            rows.AddRange(Row(bars[i], y, scale));
        }

        var bottom = y + Height + 8;
        var grid = scale.Ticks.SelectMany(tick => Tick(tick.At, tick.Text, bottom)).ToArray();
        // Below the bars, so that it is drawn first.
        return Svg.Card(title, scale.IsLogarithmic ? $"{subtitle}; logarithmic scale" : subtitle,
            bottom + (grid is [] ? 14 : 36), [.. grid, .. rows]);
    }

    private static IEnumerable<string> Row(Bar bar, double y, BarScale scale)
    {
        var baseline = y + Height / 2 + 4.5;
        yield return Svg.Text(scale.Left - 10, baseline, bar.Label, anchor: "end");
        if (bar.Value is { } value)
        {
            yield return Svg.Rectangle(scale.Left, y, scale.At(value.Median) - scale.Left, Height, bar.Colour);
            if (value.Min < value.Max)
                yield return Line(scale.At(value.Min), scale.At(value.Max), y + Height / 2);
        }

        var end = bar.Value is null ? scale.Left : scale.At(bar.Value.Max);
        yield return Svg.Text(end + 8, baseline, bar.Text, colour: bar.Value is null ? Svg.Faint : Svg.Ink);
    }

    // Twice, the first time broad and white, to be seen on a dark bar as well.
    private static string Line(double from, double to, double y)
    {
        var path = Invariant($"M{from:0.#} {y}H{to:0.#}M{from:0.#} {y - 3}v6M{to:0.#} {y - 3}v6");
        return $"""
            <path d="{path}" stroke="#ffffff" stroke-width="3.4" stroke-opacity="0.75"/>
            <path d="{path}" stroke="{Svg.Ink}" stroke-width="1.2"/>
            """;
    }

    private static IEnumerable<string> Tick(double x, string text, double bottom) =>
    [
        Invariant($"""<path d="M{x:0.#} {Svg.Top - 6}V{bottom}" stroke="#e4e8ec"/>"""),
        Svg.Text(x, bottom + 15, text, 11, Svg.Faint, "middle"),
    ];
}
