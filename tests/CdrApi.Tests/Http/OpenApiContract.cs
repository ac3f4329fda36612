using System.Text.Json;
using System.Text.RegularExpressions;

namespace CdrApi.Tests.Http;

/// <summary>Holds every response that a test receives to the OpenAPI document.</summary>
internal sealed class OpenApiContract(JsonElement document)
{
    private readonly OpenApiSchemas _schemas = new(document);
    private readonly List<Operation> _operations = [.. Operation.Of(document)];

    /// <summary>One for the whole run, so that an API which hides its document is held to it as well.</summary>
    public static OpenApiContract Current { get; private set; } = null!;

    public static async Task ReadAsync(Uri api)
    {
        using var http = new HttpClient { BaseAddress = api };
        Current = new(JsonDocument.Parse(await http.GetByteArrayAsync("/openapi/v1.json")).RootElement);
    }

    public async Task CheckAsync(HttpResponseMessage response, bool streamed)
    {
        var faults = await FaultsAsync(response, streamed);
        if (faults.Count > 0)
        {
            var request = response.RequestMessage!;
            Assert.Fail($"{request.Method} {request.RequestUri!.PathAndQuery} answered {(int)response.StatusCode}, "
                + "against the OpenAPI document:\n" + string.Join('\n', faults.Take(10)));
        }
    }

    /// <param name="response">Its request says which operation it belongs to.</param>
    /// <param name="streamed">Whether its body is still on the way: then it is left alone.</param>
    public async Task<IReadOnlyList<string>> FaultsAsync(HttpResponseMessage response, bool streamed = false)
    {
        var status = (int)response.StatusCode;
        var method = response.RequestMessage!.Method;
        var path = response.RequestMessage.RequestUri!.AbsolutePath;
        var isHead = method == HttpMethod.Head;
        // HEAD is GET without the body, and not in the document.
        var operation = _operations.Find(o => o.Path.IsMatch(path) && o.Method == (isHead ? HttpMethod.Get : method));
        if (operation is null || (isHead && status == 405))
        {
            return IsPage(path) && status < 400 ? [] : await NoOperationFaultsAsync(response, status, isHead || streamed);
        }

        if (!operation.Responses.TryGetProperty($"{status}", out var promised))
        {
            return [$"{operation.Name} has no {status}."];
        }

        var faults = HeaderFaults(response, promised)
            .Concat(await BodyFaultsAsync(response, promised, isHead || streamed));
        return [.. faults.Select(f => $"{operation.Name} {status}: {f}")];
    }

    private static bool IsPage(string path) =>
        path is "/" or "/openapi/v1.json" || path.StartsWith("/swagger", StringComparison.Ordinal);

    private async Task<IReadOnlyList<string>> NoOperationFaultsAsync(HttpResponseMessage response, int status, bool withoutBody)
    {
        if (status is not (404 or 405))
        {
            return ["The document has no such operation."];
        }

        if (status == 405 && response.Content.Headers.Allow.Count == 0)
        {
            return ["405: the header Allow is missing."];
        }

        return withoutBody || MediaType(response) != "application/problem+json"
            ? withoutBody ? [] : [$"{status}: the body is {MediaType(response)}, not a problem."]
            : _schemas.Faults(OpenApiSchemas.Problem, await response.Content.ReadAsStringAsync());
    }

    private IEnumerable<string> HeaderFaults(HttpResponseMessage response, JsonElement promised)
    {
        var sent = response.Headers.Concat(response.Content.Headers)
            .ToDictionary(h => h.Key, h => string.Join(", ", h.Value), StringComparer.OrdinalIgnoreCase);
        var headers = promised.TryGetProperty("headers", out var some) ? some.EnumerateObject().ToList() : [];
        foreach (var own in sent.Keys.Where(h => h.StartsWith("CDR-", StringComparison.OrdinalIgnoreCase)))
        {
            if (!headers.Exists(h => h.NameEquals(own)))
            {
                yield return $"the header {own} is not in the document.";
            }
        }

        foreach (var header in headers)
        {
            if (sent.TryGetValue(header.Name, out var value))
            {
                foreach (var fault in _schemas.HeaderFaults(header.Value.GetProperty("schema"), value))
                {
                    yield return $"the header {header.Name}: {fault}";
                }
            }
            else if (header.Value.TryGetProperty("required", out var required) && required.GetBoolean())
            {
                yield return $"the header {header.Name} is missing.";
            }
        }
    }

    private async Task<IReadOnlyList<string>> BodyFaultsAsync(HttpResponseMessage response, JsonElement promised, bool withoutBody)
    {
        var mediaType = MediaType(response);
        if (!promised.TryGetProperty("content", out var content))
        {
            return mediaType is null ? [] : [$"there is a body, {mediaType}, and the document has none."];
        }

        if (mediaType is null || !content.TryGetProperty(mediaType, out var media))
        {
            var types = string.Join(" or ", content.EnumerateObject().Select(c => c.Name));
            return [$"the body is {mediaType ?? "without a type"}, and the document says {types}."];
        }

        if (withoutBody || !media.TryGetProperty("schema", out var schema))
        {
            return [];
        }

        var body = await response.Content.ReadAsStringAsync();
        return mediaType switch
        {
            "application/x-ndjson" => _schemas.LineFaults(schema, body),
            _ when mediaType.EndsWith("json", StringComparison.Ordinal) => _schemas.Faults(schema, body),
            _ => [],
        };
    }

    private static string? MediaType(HttpResponseMessage response) => response.Content.Headers.ContentType?.MediaType;

    private sealed record Operation(string Name, Regex Path, HttpMethod Method, JsonElement Responses)
    {
        /// <summary>Those with the fewest path parameters first, as routing prefers them.</summary>
        public static IEnumerable<Operation> Of(JsonElement document) =>
            from path in document.GetProperty("paths").EnumerateObject()
            orderby path.Name.Count(c => c == '{')
            from operation in path.Value.EnumerateObject()
            let method = HttpMethod.Parse(operation.Name)
            select new Operation($"{method} {path.Name}",
                new Regex($"^{Regex.Replace(path.Name, "{[^}]+}", "[^/]+")}/?$", RegexOptions.IgnoreCase),
                method, operation.Value.GetProperty("responses"));
    }
}
