namespace CdrApi.Benchmarks.Compare;

/// <summary>How much of everything.</summary>
/// <param name="List">CDRs of a list.</param>
/// <param name="ListOfOne">Of one account's.</param>
/// <param name="LongList">Of a long one.</param>
/// <param name="LongListOfOne">Of one account's.</param>
/// <param name="Depth">CDRs before the deep page.</param>
/// <param name="PageSeconds">How long pages are asked for in a round.</param>
/// <param name="WarmUp">Lists, and then pages, before anything counts.</param>
/// <param name="WarmUpRounds">Of each work.</param>
internal sealed record Scale(int List, int ListOfOne, int LongList, int LongListOfOne, int Depth, int PageSeconds, TimeSpan WarmUp, int WarmUpRounds)
{
    public static readonly Scale Full = new(100_000, 100_000, 1_000_000, 1_000_000, 4_999 * 100, 2, TimeSpan.FromSeconds(20), 1);

    /// <summary>Shows that it works; its figures stand under the titles of the full one, and say nothing.</summary>
    public static readonly Scale Small = new(10_000, 3_000, 20_000, 4_000, 10_000, 1, TimeSpan.FromMilliseconds(100), 0);
}
