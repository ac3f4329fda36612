using CdrApi.Cdrs.Formats;
using CdrApi.Database;
using CdrApi.Http;
using CdrApi.Security;
using Microsoft.Extensions.Options;

namespace CdrApi.Cdrs;

/// <summary>A list, from its request to an answer whose first slice has been read.</summary>
internal sealed class CdrLists(CdrSlices slices, ReferenceData reference, Rates rates, IOptions<CdrOptions> options)
{
    /// <summary>What a caller may ask for.</summary>
    public CdrSource SourceOf(Caller caller) => slices.Source.SeenBy(caller);

    /// <summary>The answer to a request for a list.</summary>
    public async Task<IResult> AnswerAsync(HttpContext http, Caller caller, string? account)
    {
        var from = new QueryReader(http.Request, [.. CdrParameters.OfList(SourceOf(caller), account is not null), .. CdrParameters.OfFormat]);
        var format = CdrFormatRequest.Read(from, http.Request);
        var (walk, request, first, refusal) = await StartAsync(
            from, caller, format, options.Value.FirstSliceRows, account,
            request => !rates.IsBulk(request.Limit) || rates.TryBulk(http), http.RequestAborted);
        return refusal is null ? new CdrAnswer(walk!, request!, format!, first!) : refusal;
    }

    /// <summary>A list of a batch: nobody waits for its first byte, so its first slice is as large as the others.</summary>
    public Task<(CdrWalk? Walk, CdrRequest? Request, SliceBuffer? First, Refusal? Refusal)> StartAsync(
        QueryReader from, Caller caller, CdrFormat format, CancellationToken cancellation) =>
        StartAsync(from, caller, format, options.Value.SliceRows, null, _ => true, cancellation);

    private async Task<(CdrWalk? Walk, CdrRequest? Request, SliceBuffer? First, Refusal? Refusal)> StartAsync(
        QueryReader from, Caller caller, CdrFormat? format, int firstRows, string? account,
        Func<CdrRequest, bool> hasRoom, CancellationToken cancellation)
    {
        // One snapshot, from the filter to the last row.
        var snapshot = reference.Current;
        var (request, refusal) = CdrRequest.Read(from, account, caller, SourceOf(caller), snapshot, options.Value);
        if (request is null || format is null)
        {
            return (null, null, null, refusal ?? new Refusal(Problem.NotAcceptable));
        }

        if (!hasRoom(request))
        {
            return (null, null, null, new Refusal(Problem.TooManyDownloads));
        }

        var rows = format.Rows(request.Query.Selection.Fields, snapshot);
        var walk = new CdrWalk(slices, request, rows, firstRows, options.Value.SliceRows);
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
