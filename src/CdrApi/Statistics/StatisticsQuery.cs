using CdrApi.Cdrs;
using CdrApi.Database;

namespace CdrApi.Statistics;

/// <summary>One question: of which CDRs, by what groups, in what order, how many of them.</summary>
/// <param name="Filter">Which CDRs.</param>
/// <param name="Terms">What reading it asks of a standby.</param>
/// <param name="Groups">In the order of the answer's members; none = totals only.</param>
/// <param name="Zone">The time groups' zone, an IANA name.</param>
/// <param name="Sort">Names of groups and figures; where these leave a tie, the groups decide.</param>
/// <param name="Limit">Groups in the answer at most; null = all of them.</param>
internal sealed record StatisticsQuery(
    CdrFilter Filter, ReadTerms Terms, IReadOnlyList<StatisticsGroup> Groups, string Zone, IReadOnlyList<StatisticsOrder> Sort, int? Limit);

internal readonly record struct StatisticsOrder(string Name, bool Descending);
