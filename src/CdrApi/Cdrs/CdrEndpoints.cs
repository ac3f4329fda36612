using CdrApi.Cdrs.Formats;
using CdrApi.Database;
using CdrApi.Http;
using CdrApi.Security;

namespace CdrApi.Cdrs;

internal static class CdrEndpoints
{
    public static void MapCdrs(this IEndpointRouteBuilder routes)
    {
        // Its counters begin now, and not with the first answer.
        _ = routes.ServiceProvider.GetRequiredService<CdrMetrics>();
        var cdrs = routes.MapGroup("").RequireAuthorization(SecuritySetup.ReadCdrs)
            .WithTag("CDRs", "Call detail records, newest first or oldest first, as many as are wanted.")
            .WithProblems(DatabaseProblems.All);
        cdrs.MapRead("/cdrs", List).WithName("listCdrs").WithProblems(Problem.NotAcceptable, Problem.TooManyDownloads);
        cdrs.MapRead("/cdrs/{i_cdr}", Get).WithName("getCdr").WithProblems(Problem.NotJson, Problem.CdrNotFound);
        cdrs.MapRead("/accounts/{i_account}/cdrs", ListOfAccount).WithName("listAccountCdrs").WithProblems(Problem.NotAcceptable, Problem.TooManyDownloads);
    }

    /// <summary>CDRs of every account that the caller may see, newest first</summary>
    /// <remarks>
    /// Streamed: a million rows are one request. A body that ends properly is complete; after a failure the
    /// connection is aborted, and what was received does not parse. To page, pass `next_cursor` on as `cursor`
    /// with the same filter and order.
    /// </remarks>
    private static Task<IResult> List(HttpContext http, Caller caller, CdrLists lists) => lists.AnswerAsync(http, caller, null);

    /// <summary>CDRs of one account, newest first</summary>
    /// <remarks>The same list as `/cdrs`, for one account. 403 when the credential does not reach that account.</remarks>
    private static Task<IResult> ListOfAccount(HttpContext http, Caller caller, CdrLists lists, string i_account) =>
        lists.AnswerAsync(http, caller, i_account);

    /// <summary>One CDR with all its fields</summary>
    /// <remarks>404 when there is none with this id, or when its account is not the caller's to see: the two are not told apart.</remarks>
    private static async Task<IResult> Get(
        HttpContext http, Caller caller, CdrSlices slices, ReferenceData reference, string i_cdr)
    {
        var query = new QueryReader(http.Request, []);
        if (!QueryReader.TryParseId(i_cdr, out var id))
        {
            query.Fault(CdrFields.KeyId, "Must be a whole number from 0 to 9223372036854775807.");
        }

        caller.Audit.Asks(caller.Reach, []);
        if (query.Faults is { } faults)
        {
            return Problem.BadParameters.ToResult(faults);
        }

        if (Negotiation.BestOf(http.Request, [CdrFormat.JsonType]) is null)
        {
            return Problem.NotJson.ToResult();
        }

        var source = slices.Source.SeenBy(caller);
        var selection = new CdrSelection(source, source.Fields);
        var buffer = new SliceBuffer();
        http.Response.RegisterForDispose(buffer);
        var (found, freshness) = await slices.ReadSingleAsync(
            selection, id, caller.Accounts, new ReadTerms(caller.Accounts, caller.Credential, null, Lane.Page),
            CdrFormat.Json.Rows(selection.Fields, reference.Current), buffer, http.RequestAborted);
        if (!found)
        {
            return Problem.CdrNotFound.ToResult();
        }

        CdrHeaders.Write(http.Response, freshness);
        return Results.Stream(
            _ => StreamedBody.SendAsync(http, body => buffer.SendAsync(body, 1, http.RequestAborted).AsTask(), () => 1), "application/json");
    }
}
