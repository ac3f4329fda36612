using CdrApi.Database;
using CdrApi.Http;
using CdrApi.Security;

namespace CdrApi.Statistics;

internal static class StatisticsEndpoints
{
    public static void MapStatistics(this IEndpointRouteBuilder routes)
    {
        var statistics = routes.MapGroup("").RequireAuthorization(SecuritySetup.ReadCdrs)
            .WithTag("Statistics", "Totals and groups of the same CDRs, exact to the last digit.")
            .WithProblems([.. DatabaseProblems.All, Problem.NotAcceptable, Problem.TooManyGroups, Problem.TooManyDownloads]);
        statistics.MapRead("/cdrs/stats", Get).WithName("getStatistics");
        statistics.MapRead("/accounts/{i_account}/cdrs/stats", GetOfAccount).WithName("getAccountStatistics");
    }

    /// <summary>Totals and groups of the CDRs of every account that the caller may see</summary>
    /// <remarks>
    /// The filter is that of `/cdrs`, and the sums are exact: to the last digit those of what `/cdrs` lists. Rows, totals
    /// and the number of groups come from one snapshot of the database.
    /// </remarks>
    private static Task<IResult> Get(HttpContext http, Caller caller, StatisticsAnswers statistics) => statistics.AnswerAsync(http, caller, null);

    /// <summary>Totals and groups of the CDRs of one account</summary>
    /// <remarks>The same as `/cdrs/stats`, for one account. 403 when the credential does not reach that account.</remarks>
    private static Task<IResult> GetOfAccount(HttpContext http, Caller caller, StatisticsAnswers statistics, string i_account) =>
        statistics.AnswerAsync(http, caller, i_account);
}
