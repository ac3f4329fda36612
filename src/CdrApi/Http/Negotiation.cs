using Microsoft.Net.Http.Headers;

namespace CdrApi.Http;

internal static class Negotiation
{
    /// <summary>
    /// Which of these media types the Accept header likes best; the first one where it likes several alike or there is
    /// no such header, null where it takes none of them. Caches are told that the answer depends on it.
    /// </summary>
    public static string? BestOf(HttpRequest request, IReadOnlyList<string> offered)
    {
        request.HttpContext.Response.Headers.Append(HeaderNames.Vary, HeaderNames.Accept);
        if (request.Headers.Accept.All(string.IsNullOrWhiteSpace))
        {
            return offered[0];
        }

        if (!MediaTypeHeaderValue.TryParseList(request.Headers.Accept, out var accepted))
        {
            return null;
        }

        string? best = null;
        var highest = 0d;
        foreach (var type in offered)
        {
            if (QualityOf(type, accepted) is var quality && quality > highest)
            {
                (best, highest) = (type, quality);
            }
        }

        return best;
    }

    /// <summary>By the most specific range that takes it.</summary>
    private static double QualityOf(string type, IEnumerable<MediaTypeHeaderValue> accepted)
    {
        var range = accepted.Where(range => range.MatchesMediaType(type))
            .MaxBy(range => range.MatchesAllTypes ? 0 : range.MatchesAllSubTypes ? 1 : 2);
        return range is null ? 0 : range.Quality ?? 1;
    }
}
