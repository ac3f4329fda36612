namespace CdrApi.Benchmarks.Compare.Report;

/// <summary>The same in short, for a console.</summary>
internal static class ConsoleReport
{
    public static string Of(Comparison comparison)
    {
        IEnumerable<Work> works =
        [
            .. MarkdownReport.Sections,
            .. comparison.Rows.Select(Works.ListAt),
            .. comparison.Rows.Select(Works.PageAt),
            Works.Start,
        ];
        return string.Join('\n',
            ["Goals", .. Goals.All.Select(goal => Line(goal, comparison)), .. works.SelectMany(work => Lines(work, comparison))]);
    }

    private static string Line(Goal goal, Comparison comparison)
    {
        var met = goal.Met(comparison) switch { true => "met", false => "MISSED", null => "" };
        return $"  {goal.Work,-85} {goal.Target,-15} {goal.Measured(comparison) ?? "not measured",12}  {met}".TrimEnd();
    }

    private static IEnumerable<string> Lines(Work work, Comparison comparison)
    {
        var figures = new WorkFigures(comparison, work);
        if (figures.Rows is [])
            yield break;

        yield return "";
        yield return work.Title;
        foreach (var row in figures.Rows)
            yield return WorkFigures.Failure(row) is { } failure
                ? $"  {row.Contender,-32}{failure}"
                : $"  {row.Contender,-32}{figures.Median(row),10}   {figures.Range(row),-20}{figures.Ratio(row),10}".TrimEnd();
    }
}
