using CdrApi.Cdrs.Formats;

namespace CdrApi.Cdrs;

/// <summary>A list whose first slice was read before this was made, so that what fails early is a problem document.</summary>
internal sealed class CdrAnswer(CdrWalk walk, CdrRequest request, CdrFormat format, SliceBuffer first) : IResult
{
    public Task ExecuteAsync(HttpContext httpContext)
    {
        CdrHeaders.Write(httpContext, walk, request, format);
        if (HttpMethods.IsHead(httpContext.Request.Method))
        {
            first.Dispose();
            return Task.CompletedTask;
        }

        return StreamedBody.SendAsync(httpContext, body => SendAsync(httpContext, body), () => walk.HandedOn);
    }

    private async Task SendAsync(HttpContext http, Stream body)
    {
        var head = format.IsJson
            ? CdrDocument.Head(walk)
            : format.Header(request.Query.Selection.Fields.Select(f => f.Source.Field.Name));
        await body.WriteAsync(head, http.RequestAborted);
        await CdrStream.SendAsync(walk, first, body, hasLeadingComma: format.IsJson, http.RequestAborted);
        if (format.IsJson)
        {
            await body.WriteAsync(CdrDocument.Tail(walk, request), http.RequestAborted);
        }
        else
        {
            CdrHeaders.WriteTrailers(http.Response, walk, request);
        }
    }
}
