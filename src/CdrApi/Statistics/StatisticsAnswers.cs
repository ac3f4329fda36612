using System.Diagnostics;
using CdrApi.Cdrs;
using CdrApi.Cdrs.Formats;
using CdrApi.Database;
using CdrApi.Http;
using CdrApi.Security;
using Microsoft.Extensions.Options;

namespace CdrApi.Statistics;

/// <summary>A statistic, from its request to an answer that has been read.</summary>
internal sealed class StatisticsAnswers(
    StatisticsSlices slices, CdrRanges ranges, CdrLists lists, ReferenceData reference, IOptions<StatisticsOptions> options)
{
    public async Task<IResult> AnswerAsync(HttpContext http, Caller caller, string? account)
    {
        var snapshot = reference.Current;
        var source = slices.Source.SeenBy(caller);
        var from = new QueryReader(http.Request, StatisticsParameters.Of(source, account is not null));
        var format = CdrFormatRequest.Read(from, http.Request);
        var range = await ranges.ReadAsync(from, caller, http.RequestAborted);
        var (query, refusal) = StatisticsRequest.Read(
            new CdrQuestion(from, range, account, caller, source, snapshot), isWhole: format is { IsJson: false }, options.Value);
        if (query is null || format is null)
        {
            return refusal ?? new Refusal(Problem.NotAcceptable);
        }

        if (query is { Limit: null, Groups.Count: > 0 } && await lists.BeginBulkAsync(http) is { } refused)
        {
            return refused.ToResult();
        }

        var rows = new SliceBuffer();
        var totals = new SliceBuffer();
        http.Response.RegisterForDispose(rows);
        http.Response.RegisterForDispose(totals);
        var started = Stopwatch.GetTimestamp();
        var result = await slices.ReadAsync(source, query, format, rows, totals, http.RequestAborted);
        if (query.Limit is null && result.Groups > options.Value.MaxGroups)
        {
            return Problem.TooManyGroups.ToResult();
        }

        CdrHeaders.WriteTiming(http.Response, Stopwatch.GetElapsedTime(started));
        return new StatisticsAnswer(query, result, format, rows, totals, [.. StatisticsRows.Names(source, query)]);
    }
}
