using CdrApi.Cdrs;
using CdrApi.Database;
using CdrApi.Http;

namespace CdrApi.Statistics;

/// <summary>The question of a statistic, bound and checked.</summary>
internal static class StatisticsRequest
{
    /// <summary>The query, or the problem that refuses it: all its faults at once, or an account out of reach.</summary>
    /// <param name="question">The request.</param>
    /// <param name="isWhole">Whether it has all groups where no limit is named: CSV and NDJSON have no place to say that some were cut.</param>
    /// <param name="options">The limits.</param>
    public static (StatisticsQuery? Query, Refusal? Refusal) Read(CdrQuestion question, bool isWhole, StatisticsOptions options)
    {
        var (from, source) = (question.From, question.Source);
        // Ratios are of all calls, the cancelled ones too.
        var (filter, terms, allowed) = CdrFilterRequest.Read(question, CdrType.All);
        var groups = ReadGroups(from, source);
        var sort = ReadSort(from, [.. groups.Select(g => g.Name), .. StatisticsFigure.Of(source).Select(f => f.Name)]);
        var limit = from.Integer(StatisticsParameters.Limit, 1, options.MaxLimit) ?? (isWhole ? null : options.DefaultLimit);
        return from.Faults is { } faults ? (null, new Refusal(Problem.BadParameters, faults))
            : !allowed ? (null, new Refusal(Problem.Forbidden))
            : (new StatisticsQuery(filter, terms with { Lane = Lane.Statement }, groups, question.Range.Zone, sort, limit), null);
    }

    private static List<StatisticsGroup> ReadGroups(QueryReader from, CdrSource source)
    {
        var known = StatisticsGroup.Of(source);
        var names = ReadNames(from, StatisticsParameters.GroupBy, known.Select(g => g.Name), name => name);
        if (names.Count > StatisticsParameters.MostGroups)
        {
            from.Fault(StatisticsParameters.GroupBy, $"May name at most {StatisticsParameters.MostGroups} groups.");
        }

        return [.. names.Select(name => known.FirstOrDefault(g => g.Name == name)).OfType<StatisticsGroup>()];
    }

    private static List<StatisticsOrder> ReadSort(QueryReader from, IReadOnlyList<string> known) =>
        [.. ReadNames(from, StatisticsParameters.Sort, known, text => text.TrimStart('-') is var name && text.Length - name.Length <= 1 ? name : text)
            .Select(text => text[0] == '-' ? new StatisticsOrder(text[1..], true) : new StatisticsOrder(text, false))];

    /// <summary>A comma-separated list of names, each once; what <paramref name="nameOf"/> takes off is no part of the name.</summary>
    private static List<string> ReadNames(QueryReader from, string parameter, IEnumerable<string> known, Func<string, string> nameOf)
    {
        if (from.Single(parameter) is not { } text)
        {
            return [];
        }

        var texts = text.Split(',').Select(t => t.Trim()).ToList();
        var unknown = texts.Where(t => !known.Contains(nameOf(t), StringComparer.Ordinal)).ToList();
        if (unknown.Count > 0)
        {
            from.Fault(parameter, $"No such name: {string.Join(", ", unknown.Select(n => $"'{n}'"))}. "
                + $"Names are {string.Join(", ", known)}.");
        }

        var twice = texts.GroupBy(nameOf, StringComparer.Ordinal).Where(g => g.Count() > 1).Select(g => g.Key).ToList();
        if (twice.Count > 0)
        {
            from.Fault(parameter, $"Named more than once: {string.Join(", ", twice)}.");
        }

        return [.. texts.Except(unknown)];
    }
}
