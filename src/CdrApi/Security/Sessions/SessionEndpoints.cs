using CdrApi.Http;

namespace CdrApi.Security;

internal static class SessionEndpoints
{
    public static void MapSessions(this IEndpointRouteBuilder routes)
    {
        var sessions = routes.MapGroup("/auth").RequireAuthorization(SecuritySetup.HasKey).WithoutParameters()
            .WithTag("Sessions", "Short-lived tokens, so that a server can hand its browsers one in place of its API key.");
        sessions.MapPost("/token", Begin).WithName("beginSession").Produces<SessionBegun>()
            .WithProblems(Problem.TooLarge, Problem.UnsupportedMediaType, Problem.TooManySessions);
        sessions.MapRead("/sessions", List).WithName("listSessions").Produces<SessionList>();
        sessions.MapDelete("/sessions/{id}", Revoke).WithName("revokeSession").Produces(StatusCodes.Status204NoContent)
            .WithProblems(Problem.SessionNotFound);
    }

    /// <summary>A token for the API key, for at most 15 minutes</summary>
    /// <remarks>
    /// Send it as `Authorization: Bearer`, in place of the key. It reaches what the key reaches, or less if asked; it cannot
    /// begin, list or revoke sessions. It ends at its time, when it is revoked, and with its key.
    /// </remarks>
    /// <response code="200">The token. It is not shown again.</response>
    private static async Task<IResult> Begin(HttpContext http, Caller caller, Sessions sessions, ApiKeys keys)
    {
        var (request, refusal) = await SessionRequest.ReadAsync(http.Request, sessions.Lifetime);
        if (request is null)
        {
            return refusal!;
        }

        caller.Audit.Asks(request.Accounts is null ? caller.Reach : string.Join(',', request.Accounts), []);
        if (request.Accounts?.All(caller.MaySee) == false)
        {
            return Problem.Forbidden.ToResult();
        }

        if (keys.Current(http) is not { } key)
        {
            return Problem.Unauthorized.ToResult();
        }

        if (await sessions.BeginAsync(key, request.Accounts, request.Lifetime) is not var (session, token))
        {
            http.Response.Headers.RetryAfter = "60";
            return Problem.TooManySessions.ToResult();
        }

        return Results.Ok(new SessionBegun(token, "Bearer", (int)(session.Expires - session.Created).TotalSeconds, SessionShown.From(session)));
    }

    /// <summary>The sessions of the API key</summary>
    /// <remarks>Those that have not ended, the first begun first. Their tokens are not shown.</remarks>
    /// <response code="200">All of them.</response>
    private static async Task<IResult> List(HttpContext http, Sessions sessions, ApiKeys keys)
    {
        if (keys.Current(http) is not { } key)
        {
            return Problem.Unauthorized.ToResult();
        }

        var shown = (await sessions.OfAsync(key)).Select(SessionShown.From).ToList();
        return Results.Ok(new SessionList(shown.Count, shown));
    }

    /// <summary>Ends a session of the API key</summary>
    /// <remarks>`id` is the session's id, as `POST /auth/token` and `GET /auth/sessions` say it.</remarks>
    /// <response code="204">From now on its token is refused.</response>
    private static async Task<IResult> Revoke(string id, HttpContext http, Sessions sessions, ApiKeys keys) =>
        keys.Current(http) is { } key && await sessions.RevokeAsync(key, id)
            ? Results.NoContent()
            : Problem.SessionNotFound.ToResult();
}

/// <summary>A session that was begun.</summary>
/// <param name="AccessToken">The token: `cdrs_id_secret`. Send it as `Authorization: Bearer`.</param>
/// <param name="TokenType">Always `Bearer`.</param>
/// <param name="ExpiresIn">Seconds until it ends.</param>
/// <param name="Session">What it is.</param>
internal sealed record SessionBegun(string AccessToken, string TokenType, int ExpiresIn, SessionShown Session);

/// <summary>The sessions of an API key.</summary>
/// <param name="Count">How many there are.</param>
/// <param name="Sessions">The first begun first.</param>
internal sealed record SessionList(int Count, IReadOnlyList<SessionShown> Sessions);

/// <summary>A session.</summary>
/// <param name="Id">Its id, by which it is revoked.</param>
/// <param name="IAccount">The accounts that it is narrowed to; null = all that the key reaches.</param>
/// <param name="Created">When it began, UTC.</param>
/// <param name="Expires">When it ends, UTC.</param>
internal sealed record SessionShown(string Id, IReadOnlyList<long>? IAccount, DateTimeOffset Created, DateTimeOffset Expires)
{
    public static SessionShown From(Session session) => new(session.Id, session.Accounts, session.Created, session.Expires);
}
