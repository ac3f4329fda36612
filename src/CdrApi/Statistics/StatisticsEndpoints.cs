using System.Diagnostics;
using CdrApi.Cdrs;
using CdrApi.Cdrs.Formats;
using CdrApi.Database;
using CdrApi.Http;
using CdrApi.Security;
using Microsoft.Extensions.Options;

namespace CdrApi.Statistics;

internal static class StatisticsEndpoints
{
    public static void MapStatistics(this IEndpointRouteBuilder routes)
    {
        var statistics = routes.MapGroup("").RequireAuthorization(SecuritySetup.ReadCdrs)
            .WithTag("Statistics", "Totals and groups of the same CDRs, exact to the last digit.")
            .WithProblems([.. DatabaseProblems.All, Problem.NotAcceptable]);
        statistics.MapRead("/cdrs/stats", Get).WithName("getStatistics");
        statistics.MapRead("/accounts/{i_account}/cdrs/stats", GetOfAccount).WithName("getAccountStatistics");
    }

    /// <summary>Totals and groups of the CDRs of every account that the caller may see</summary>
    /// <remarks>
    /// The filter is that of `/cdrs`, and the sums are exact: to the last digit those of what `/cdrs` lists. Rows, totals
    /// and the number of groups come from one snapshot of the database.
    /// </remarks>
    private static Task<IResult> Get(
        HttpContext http, Caller caller, StatisticsSlices slices, ReferenceData reference, TimeZoneCheck zones, IOptions<StatisticsOptions> options) =>
        AnswerAsync(http, caller, null, slices, reference, zones, options);

    /// <summary>Totals and groups of the CDRs of one account</summary>
    /// <remarks>The same as `/cdrs/stats`, for one account. 403 when the credential does not reach that account.</remarks>
    private static Task<IResult> GetOfAccount(
        HttpContext http, Caller caller, StatisticsSlices slices, ReferenceData reference, TimeZoneCheck zones, IOptions<StatisticsOptions> options,
        string i_account) =>
        AnswerAsync(http, caller, i_account, slices, reference, zones, options);

    private static async Task<IResult> AnswerAsync(
        HttpContext http, Caller caller, string? account, StatisticsSlices slices, ReferenceData reference, TimeZoneCheck zones,
        IOptions<StatisticsOptions> options)
    {
        var snapshot = reference.Current;
        var source = slices.Source.SeenBy(caller);
        var from = new QueryReader(http.Request, StatisticsParameters.Of(source, account is not null));
        var format = CdrFormatRequest.Read(from, http.Request);
        var (query, refusal) = StatisticsRequest.Read(from, account, caller, source, snapshot, zones.Names, options.Value);
        if (query is null || format is null)
        {
            return refusal ?? new Refusal(Problem.NotAcceptable);
        }

        var rows = new SliceBuffer();
        var totals = new SliceBuffer();
        http.Response.RegisterForDispose(rows);
        http.Response.RegisterForDispose(totals);
        var started = Stopwatch.GetTimestamp();
        var result = await slices.ReadAsync(source, query, snapshot, format, rows, totals, http.RequestAborted);
        CdrHeaders.WriteTiming(http.Response, Stopwatch.GetElapsedTime(started));
        return new StatisticsAnswer(query, result, format, rows, totals, [.. StatisticsRows.Names(source, query)]);
    }
}
