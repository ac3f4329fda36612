using System.Text.Json;
using CdrApi.Http;

namespace CdrApi.Batches;

/// <summary>The body of a batch, as far as it is common to its queries.</summary>
internal static class BatchRequest
{
    private const string Queries = "queries";

    /// <summary>The queries, or the problem that refuses all of them.</summary>
    public static async Task<(IReadOnlyList<BatchQuery>? Queries, Refusal? Refusal)> ReadAsync(HttpRequest request, int most)
    {
        if (!request.HasJsonContentType())
        {
            return (null, new Refusal(Problem.UnsupportedMediaType));
        }

        try
        {
            using var body = await JsonDocument.ParseAsync(request.Body, cancellationToken: request.HttpContext.RequestAborted);
            return Read(body.RootElement, most);
        }
        catch (IOException e) when (e is not BadHttpRequestException)
        {
            // Chunks that cannot be read, for instance.
            return (null, new Refusal(Problem.BadRequest));
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // Text that is half a surrogate pair is found only when it is read.
            var place = e is JsonException { LineNumber: { } line, BytePositionInLine: { } at } ? $" (line {line + 1}, byte {at + 1})" : "";
            return (null, Refuse("body", $"Is not valid JSON{place}. {Example(most)}"));
        }
    }

    private static (IReadOnlyList<BatchQuery>?, Refusal?) Read(JsonElement body, int most)
    {
        if (body.ValueKind != JsonValueKind.Object)
        {
            return (null, Refuse("body", $"Must be an object. {Example(most)}"));
        }

        foreach (var member in body.EnumerateObject().Where(m => m.Name != Queries))
        {
            return (null, Refuse(member.Name, $"Unknown member. {Example(most)}"));
        }

        if (!body.TryGetProperty(Queries, out var queries) || queries.ValueKind != JsonValueKind.Array
            || queries.GetArrayLength() is var length && (length == 0 || length > most))
        {
            return (null, Refuse(Queries, $"Must be a list of 1 to {most} queries. {Example(most)}"));
        }

        return ([.. queries.EnumerateArray().Select(BatchQuery.Read)], null);
    }

    private static Refusal Refuse(string name, string message) =>
        new(Problem.BadParameters, new Dictionary<string, string[]> { [name] = [message] });

    private static string Example(int most) =>
        $"Send {{\"queries\":[{{\"id\":\"a\",\"i_account\":14,\"limit\":100}}]}}, with at most {most} queries.";
}
