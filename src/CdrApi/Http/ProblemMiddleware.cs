namespace CdrApi.Http;

internal static class ProblemMiddleware
{
    /// <summary>Every refusal has a problem document, whoever refused.</summary>
    public static void UseProblems(this WebApplication app)
    {
        app.UseExceptionHandler(new ExceptionHandlerOptions
        {
            ExceptionHandler = http => Problem.Of(http.Response.StatusCode).WriteAsync(http),
            StatusCodeSelector = e => e is BadHttpRequestException bad ? bad.StatusCode : StatusCodes.Status500InternalServerError,
        });
        app.UseStatusCodePages(context => Problem.Of(context.HttpContext.Response.StatusCode).WriteAsync(context.HttpContext));
    }
}
