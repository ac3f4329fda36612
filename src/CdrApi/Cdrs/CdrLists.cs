using CdrApi.Cdrs.Formats;
using CdrApi.Database;
using CdrApi.Http;
using CdrApi.Security;
using Microsoft.Extensions.Options;

namespace CdrApi.Cdrs;

/// <summary>A list, from its request to an answer whose first slice has been read.</summary>
internal sealed class CdrLists(CdrSlices slices, ReferenceData reference, IOptions<CdrOptions> options)
{
    public async Task<IResult> AnswerAsync(HttpContext http, Caller caller, string? account)
    {
        var snapshot = reference.Current;
        var from = new QueryReader(http.Request, [.. CdrParameters.OfList(slices.Source, account is not null), .. CdrParameters.OfFormat]);
        var format = CdrFormatRequest.Read(from, http.Request);
        var (request, refusal) = CdrRequest.Read(from, account, caller, slices.Source, snapshot, options.Value);
        if (request is null)
        {
            return refusal!;
        }

        if (format is null)
        {
            return Problem.NotAcceptable.ToResult();
        }

        var rows = format.Rows(request.Query.Selection.Fields, snapshot);
        var walk = new CdrWalk(slices, request, rows, options.Value);
        var first = new SliceBuffer();
        try
        {
            await walk.StartAsync(first, http.RequestAborted);
        }
        catch
        {
            first.Dispose();
            throw;
        }

        return new CdrAnswer(walk, request, format, first);
    }
}
