using CdrApi.Cdrs;
using CdrApi.Cdrs.Formats;
using CdrApi.Database;

namespace CdrApi.Statistics;

/// <summary>The columns of a statistic as the list's writers of rows know them: groups, then figures, then the number of groups.</summary>
internal static class StatisticsRows
{
    public static IEnumerable<string> Names(CdrSource source, StatisticsQuery query) =>
        [.. query.Groups.Select(g => g.Name), .. StatisticsFigure.Of(source).Select(f => f.Name)];

    public static CdrRows OfGroups(CdrSource source, StatisticsQuery query, CdrFormat format) =>
        format.Rows([.. Groups(source, query), .. Figures(source, query)], ReferenceSnapshot.None);

    public static CdrRows OfTotals(CdrSource source, StatisticsQuery query) =>
        CdrFormat.Json.Rows([.. Figures(source, query)], ReferenceSnapshot.None);

    /// <summary>The column after the last figure.</summary>
    public static int GroupCountOrdinal(CdrSource source, StatisticsQuery query) =>
        query.Groups.Count + StatisticsFigure.Of(source).Count;

    private static IEnumerable<SelectedField> Groups(CdrSource source, StatisticsQuery query) =>
        query.Groups.Select((group, i) => Column(group.Name, i,
            StatisticsKeySql.IsNumber(source, group) ? ColumnFormat.Int64
            : group.IsTime || source.Encoding.IsUtf8 ? ColumnFormat.Text
            : ColumnFormat.EncodedText, source.Encoding));

    private static IEnumerable<SelectedField> Figures(CdrSource source, StatisticsQuery query) =>
        StatisticsFigure.Of(source).Select((figure, i) => Column(figure.Name, query.Groups.Count + i, figure.Format, TextEncoding.Utf8));

    private static SelectedField Column(string name, int ordinal, ColumnFormat format, TextEncoding encoding) => new(new SourceField(
        new CdrField(name, CdrFieldKind.Text, "", ""), new SourceColumn(name, name, format) { Encoding = encoding }, CdrLookup.None), ordinal);
}
