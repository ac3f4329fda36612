using CdrApi.Database;
using CdrApi.Security;
using Microsoft.Extensions.Options;

namespace CdrApi.Cdrs;

/// <summary>A list, from its request to an answer whose first slice has been read.</summary>
internal sealed class CdrLists(CdrSlices slices, ReferenceData reference, IOptions<CdrOptions> options)
{
    public async Task<IResult> AnswerAsync(HttpContext http, Caller caller, string? account)
    {
        var (request, refusal) = CdrRequest.Read(http.Request.Query, account, caller, slices.Source, options.Value);
        if (request is null)
        {
            return refusal!;
        }

        var json = new CdrJson(request.Query.Selection, reference.Current);
        var walk = new CdrWalk(slices, request.Query, request.Limit, request.After, json, options);
        var first = new SliceBuffer();
        try
        {
            await walk.ReadAsync(first, http.RequestAborted);
        }
        catch
        {
            first.Dispose();
            throw;
        }

        return new CdrJsonAnswer(walk, request.Query, first);
    }
}
