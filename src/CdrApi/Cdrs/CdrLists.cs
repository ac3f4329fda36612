using CdrApi.Cdrs.Formats;
using CdrApi.Database;
using CdrApi.Http;
using CdrApi.Security;
using Microsoft.Extensions.Options;

namespace CdrApi.Cdrs;

/// <summary>A list, from its request to an answer whose first slice has been read.</summary>
internal sealed class CdrLists(CdrSlices slices, CdrRanges ranges, ReferenceData reference, Rates rates, Lanes lanes, IOptions<CdrOptions> options)
{
    /// <summary>What a caller may ask for.</summary>
    public CdrSource SourceOf(Caller caller) => slices.Source.SeenBy(caller);

    /// <summary>The answer to a request for a list.</summary>
    public async Task<IResult> AnswerAsync(HttpContext http, Caller caller, string? account)
    {
        var source = SourceOf(caller);
        var from = new QueryReader(http.Request, account is null ? source.ListParameters : source.AccountListParameters);
        var format = CdrFormatRequest.Read(from, http.Request);
        var (walk, request, first, refusal) = await StartAsync(http, from, caller, source, format, account, http.RequestAborted);
        return refusal is null ? new CdrAnswer(walk!, request!, format!, first!) : refusal;
    }

    /// <summary>A list of a batch: nobody waits for its first byte, so its first slice is as large as the others.</summary>
    public Task<(CdrWalk? Walk, CdrRequest? Request, SliceBuffer? First, Refusal? Refusal)> StartAsync(
        QueryReader from, Caller caller, CdrSource source, CancellationToken cancellation) =>
        StartAsync(null, from, caller, source, CdrFormat.Json, null, cancellation);

    /// <summary>The place of a bulk download until the response has ended, or the problem that there is none.</summary>
    public async Task<Problem?> BeginBulkAsync(HttpContext http) =>
        !rates.TryBulk(http) ? Problem.TooManyDownloads
        : !await lanes.TryBeginDownloadAsync(http) ? Problem.TooBusy
        : null;

    /// <param name="http">Whose answer the list is; null for one of a batch, which has its place as a whole.</param>
    /// <param name="from">Collects the faults.</param>
    /// <param name="caller">Whose CDRs.</param>
    /// <param name="source">As the caller sees it.</param>
    /// <param name="format">Null where it cannot be had.</param>
    /// <param name="account">The account of the path, where it names one.</param>
    /// <param name="cancellation">Ends the reading.</param>
    private async Task<(CdrWalk? Walk, CdrRequest? Request, SliceBuffer? First, Refusal? Refusal)> StartAsync(
        HttpContext? http, QueryReader from, Caller caller, CdrSource source, CdrFormat? format, string? account, CancellationToken cancellation)
    {
        // One snapshot, from the filter to the last row.
        var snapshot = reference.Current;
        var range = await ranges.ReadAsync(from, caller, cancellation);
        var question = new CdrQuestion(from, range, account, caller, source, snapshot);
        var (request, refusal) = CdrRequest.Read(question, isWhole: format is { IsJson: false }, options.Value);
        if (request is null || format is null)
        {
            return (null, null, null, refusal ?? new Refusal(Problem.NotAcceptable));
        }

        var isBulk = rates.IsBulk(request.Limit);
        request = request with { Terms = request.Terms with { Lane = isBulk ? Lane.Bulk : Lane.Page } };
        if (http is not null && isBulk && await BeginBulkAsync(http) is { } refused)
        {
            return (null, null, null, new Refusal(refused));
        }

        var rows = format.Rows(request.Query.Selection.Fields, snapshot, request.Cursor);
        var walk = new CdrWalk(slices, request, rows, http is null ? options.Value.SliceRows : options.Value.FirstSliceRows, options.Value.SliceRows);
        var first = new SliceBuffer();
        try
        {
            await walk.StartAsync(first, cancellation);
            return (walk, request, first, null);
        }
        catch
        {
            first.Dispose();
            throw;
        }
    }
}
