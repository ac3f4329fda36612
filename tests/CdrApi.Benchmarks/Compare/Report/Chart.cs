namespace CdrApi.Benchmarks.Compare.Report;

/// <summary>A picture of the report.</summary>
/// <param name="Name">Of its file.</param>
/// <param name="Section">The name of the work, or the title of the section, below which it stands.</param>
/// <param name="Title">For those who cannot see it.</param>
/// <param name="Svg">The file.</param>
internal sealed record Chart(string Name, string Section, string Title, string Svg)
{
    public const string Folder = "performance";

    public string File => $"{Name}.svg";

    public string Markdown => $"![{Title}]({Folder}/{File})";

    /// <summary>Null where no bar has a value.</summary>
    public static Chart? OfBars(string name, string section, string title, string subtitle, IEnumerable<Bar?> bars)
    {
        Bar[] drawn = [.. bars.OfType<Bar>()];
        return drawn.Any(bar => bar.Value is not null)
            ? new(name, section, title, SvgBarChart.Draw(title, subtitle, drawn))
            : null;
    }
}
