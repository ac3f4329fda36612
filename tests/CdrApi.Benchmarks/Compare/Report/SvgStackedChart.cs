namespace CdrApi.Benchmarks.Compare.Report;

/// <summary>Bars of several parts, with a legend.</summary>
internal static class SvgStackedChart
{
    private const int Height = 22;
    private const int Step = 33;
    private const int Legend = 28;

    public static string Draw(
        string title, string subtitle, IReadOnlyList<(string Name, string Colour)> parts, IReadOnlyList<StackedBar> bars)
    {
        var left = Svg.Margin + Svg.Room(bars.Select(bar => bar.Label)) + 10;
        var right = Svg.Width - Svg.Margin - Svg.Room(bars.Select(bar => bar.Text)) - 8;
        var unit = (right - left) / bars.Max(bar => bar.Values.Sum());
        return Svg.Card(title, subtitle, Svg.Top + Legend + bars.Count * Step + 4,
            [.. LegendOf(parts), .. bars.SelectMany((bar, i) => Row(bar, Svg.Top + Legend + i * Step))]);

        IEnumerable<string> Row(StackedBar bar, double y)
        {
            yield return Svg.Text(left - 10, y + 15.5, bar.Label, anchor: "end");
            var x = left;
            foreach (var (value, (_, colour)) in bar.Values.Zip(parts))
            {
                yield return Svg.Rectangle(x, y, value * unit, Height, colour, radius: 0);
                x += value * unit;
            }

            yield return Svg.Text(x + 8, y + 15.5, bar.Text);
        }
    }

    private static IEnumerable<string> LegendOf(IEnumerable<(string Name, string Colour)> parts)
    {
        double x = Svg.Margin;
        foreach (var (name, colour) in parts)
        {
            yield return Svg.Rectangle(x, Svg.Top - 4, 12, 12, colour);
            yield return Svg.Text(x + 18, Svg.Top + 6, name, 12);
            x += 18 + Svg.Room([name]) + 16;
        }
    }
}

/// <param name="Label">To its left.</param>
/// <param name="Text">To its right.</param>
/// <param name="Values">One for each part.</param>
internal sealed record StackedBar(string Label, string Text, IReadOnlyList<double> Values);
