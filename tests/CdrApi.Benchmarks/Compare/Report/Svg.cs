using System.Security;
using static System.FormattableString;

namespace CdrApi.Benchmarks.Compare.Report;

/// <summary>What every chart is made of. Colours are attributes, since some viewers drop style sheets.</summary>
internal static class Svg
{
    public const int Width = 760;
    public const int Margin = 24;

    /// <summary>Where the bars begin, below the title.</summary>
    public const int Top = 78;

    public const string Ink = "#1f2328";
    public const string Faint = "#59636e";

    private const string Fonts = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif";

    /// <summary>A white card, so that it can be read on a dark page too.</summary>
    public static string Card(string title, string subtitle, double height, IEnumerable<string> content) => Invariant($"""
        <svg xmlns="http://www.w3.org/2000/svg" width="{Width}" height="{height}" viewBox="0 0 {Width} {height}" role="img" aria-labelledby="title" font-family="{Fonts}">
        <title id="title">{Escape(title)}</title>
        <rect x="0.5" y="0.5" width="{Width - 1}" height="{height - 1}" rx="8" fill="#ffffff" stroke="#d1d9e0"/>
        <text x="{Margin}" y="36" font-size="17" font-weight="600" fill="{Ink}">{Escape(title)}</text>
        {Text(Margin, 58, subtitle, 12, Faint)}
        {string.Join('\n', content)}
        </svg>

        """);

    public static string Text(double x, double y, string text, int size = 13, string colour = Ink, string anchor = "start") =>
        Invariant($"""<text x="{x:0.#}" y="{y:0.#}" font-size="{size}" fill="{colour}" text-anchor="{anchor}">{Escape(text)}</text>""");

    public static string Rectangle(double x, double y, double width, double height, string colour, int radius = 2) =>
        Invariant($"""<rect x="{x:0.#}" y="{y:0.#}" width="{width:0.#}" height="{height:0.#}" rx="{radius}" fill="{colour}"/>""");

    /// <summary>Room for the longest of these; what a viewer's font really takes is not known here.</summary>
    public static double Room(IEnumerable<string> texts) => texts.Max(text => text.Length) * 7.2;

    private static string Escape(string text) => SecurityElement.Escape(text);
}
