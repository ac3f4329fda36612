using CdrApi.Cdrs;

namespace CdrApi.Statistics;

/// <summary>What CDRs can be grouped by: the hour, day or month of connect_time, or the value of a field.</summary>
/// <param name="Name">As callers know it; a time unit's is PostgreSQL's own.</param>
/// <param name="Description">What a group is.</param>
/// <param name="Example">One, as JSON.</param>
internal sealed record StatisticsGroup(string Name, string Description, string Example)
{
    /// <summary>Whether it is a time unit.</summary>
    public bool IsTime { get; init; }

    public static IReadOnlyList<StatisticsGroup> All { get; } =
    [
        new("hour", "Beginning of the hour of connect_time in the zone tz.", "\"2026-10-25T02:00:00+01:00\"") { IsTime = true },
        new("day", "Beginning of its day.", "\"2026-10-25T00:00:00+02:00\"") { IsTime = true },
        new("month", "Beginning of its month.", "\"2026-10-01T00:00:00+02:00\"") { IsTime = true },
        new("i_account", "The account charged.", "14"),
        new("country", "The destination's country; null when prefix names no destination.", "\"FRANCE\""),
        new("prefix", "The dial prefix charged by, or a word.", "\"33639\""),
        new("description", "The destination's description; null when prefix names no destination.", "\"France Mobile\""),
        new("result", "The result code.", "486"),
        new("result_category", "The result's kind; null for a code that is not in the table of results.", "\"client_error\""),
    ];

    /// <summary>Those that this source has the fields for.</summary>
    public static IReadOnlyList<StatisticsGroup> Of(CdrSource source) =>
        [.. All.Where(g => g.IsTime || source.Find(g.Name) is { IsMasked: false })];
}
