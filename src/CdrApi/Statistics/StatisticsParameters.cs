using CdrApi.Cdrs;

namespace CdrApi.Statistics;

/// <summary>A statistic's query parameters by name; what each means stands in StatisticsOpenApi.</summary>
internal static class StatisticsParameters
{
    public const string GroupBy = "group_by";
    public const string Sort = "sort";
    public const string Limit = CdrParameters.Limit;

    public const int MostGroups = 3;

    public static IReadOnlyList<string> Of(CdrSource source, bool ofOneAccount) =>
        [.. CdrParameters.OfFilter(source, ofOneAccount), GroupBy, Sort, Limit, CdrParameters.MaxStaleness, .. CdrParameters.OfFormat];
}
