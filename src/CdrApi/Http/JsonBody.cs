using System.Text.Json;

namespace CdrApi.Http;

/// <summary>A body that must be a JSON object.</summary>
internal static class JsonBody
{
    public const string GivenTwice = "May be given only once.";

    /// <summary>What was read of it, or the problem that refuses it.</summary>
    /// <param name="request">Whose body it is.</param>
    /// <param name="read">Reads the object.</param>
    /// <param name="example">What to send instead, as a sentence.</param>
    public static async Task<(T? Read, Refusal? Refusal)> ReadAsync<T>(HttpRequest request, Func<JsonElement, (T?, Refusal?)> read, string example)
    {
        if (!request.HasJsonContentType())
        {
            return (default, new Refusal(Problem.UnsupportedMediaType));
        }

        try
        {
            using var body = await JsonDocument.ParseAsync(request.Body, cancellationToken: request.HttpContext.RequestAborted);
            if (body.RootElement.ValueKind != JsonValueKind.Object)
            {
                return (default, Refuse("body", $"Must be an object. {example}"));
            }

            return body.RootElement.EnumerateObject().GroupBy(m => m.Name, StringComparer.Ordinal).FirstOrDefault(m => m.Count() > 1) is { } twice
                ? (default, Refuse(twice.Key, GivenTwice))
                : read(body.RootElement);
        }
        catch (IOException e) when (e is not BadHttpRequestException)
        {
            // Chunks that cannot be read, for instance.
            return (default, new Refusal(Problem.BadRequest));
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // Text that is half a surrogate pair is found only when it is read.
            var place = e is JsonException { LineNumber: { } line, BytePositionInLine: { } at } ? $" (line {line + 1}, byte {at + 1})" : "";
            return (default, Refuse("body", $"Is not valid JSON{place}. {example}"));
        }
    }

    public static Refusal Refuse(string name, string message) =>
        new(Problem.BadParameters, new Dictionary<string, string[]> { [name] = [message] });
}
