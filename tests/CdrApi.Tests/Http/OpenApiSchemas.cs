using System.Buffers;
using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using NJsonSchema;
using NJsonSchema.Validation;

namespace CdrApi.Tests.Http;

/// <summary>
/// The schemas of an OpenAPI document. NJsonSchema reads them: it knows the keywords of <see cref="Checked"/> as
/// JSON Schema 2020-12 means them, and a test keeps others out of the document.
/// </summary>
internal sealed class OpenApiSchemas(JsonElement document)
{
    /// <summary>All rows of a usual answer; of a longer one this many, evenly spread, or the suite would crawl.</summary>
    private const int MostRows = 5_000;

    private readonly ConcurrentDictionary<string, JsonSchema> _schemas = new();

    public static IReadOnlySet<string> Checked { get; } = new HashSet<string>
    {
        "$ref", "type", "format", "enum", "properties", "required", "additionalProperties", "items", "minItems", "maxItems",
        "minimum", "maximum", "minLength", "maxLength", "pattern", "allOf", "anyOf", "oneOf", "not",
    };

    public static IReadOnlySet<string> Annotations { get; } = new HashSet<string>
    {
        "title", "description", "default", "examples", "deprecated", "readOnly", "writeOnly",
    };

    public static JsonElement Problem { get; } = JsonElement.Parse("""{"$ref":"#/components/schemas/Problem"}""");

    public IReadOnlyList<string> Faults(JsonElement schema, string body)
    {
        try
        {
            using var json = JsonDocument.Parse(body);
            return [.. Schema(schema).Validate(Thin(json.RootElement)).SelectMany(Describe)];
        }
        catch (JsonException e)
        {
            return ["the body is not JSON: " + e.Message];
        }
    }

    /// <summary>A line's faults, for each of the lines.</summary>
    public IReadOnlyList<string> LineFaults(JsonElement schema, string body)
    {
        var lines = body.Split('\n');
        IEnumerable<string> faults = lines[^1].Length == 0 ? [] : ["the last line has no end."];
        return [.. faults.Concat(Spread(lines.Length - 1).SelectMany(i => Faults(schema, lines[i]).Select(f => $"line {i + 1}: {f}")))];
    }

    public IReadOnlyList<string> HeaderFaults(JsonElement schema, string value)
    {
        var isText = schema.GetProperty("type").GetString() == "string";
        return Faults(schema, isText ? JsonSerializer.Serialize(value) : value);
    }

    private static IEnumerable<int> Spread(int count) =>
        count <= MostRows ? Enumerable.Range(0, count) : Enumerable.Range(0, MostRows).Select(i => (int)((long)i * count / MostRows));

    private static string Thin(JsonElement body)
    {
        var bytes = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(bytes))
        {
            Thin(body, json);
        }

        return Encoding.UTF8.GetString(bytes.WrittenSpan);
    }

    private static void Thin(JsonElement value, Utf8JsonWriter json)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.Object:
                json.WriteStartObject();
                foreach (var member in value.EnumerateObject())
                {
                    json.WritePropertyName(member.Name);
                    Thin(member.Value, json);
                }

                json.WriteEndObject();
                break;
            case JsonValueKind.Array:
                // By its enumerator: an index walks the array from its start.
                var rows = value.EnumerateArray().ToList();
                json.WriteStartArray();
                foreach (var i in Spread(rows.Count))
                {
                    Thin(rows[i], json);
                }

                json.WriteEndArray();
                break;
            default:
                value.WriteTo(json);
                break;
        }
    }

    private static IEnumerable<string> Describe(ValidationError error) => error is ChildSchemaValidationError { Errors: var inner }
        ? inner.Values.SelectMany(e => e).SelectMany(Describe).Prepend($"{error.Path}: {error.Kind}")
        : [string.Create(CultureInfo.InvariantCulture, $"{error.Path}: {error.Kind}")];

    private JsonSchema Schema(JsonElement schema) => _schemas.GetOrAdd(schema.GetRawText(), text =>
    {
        var definitions = JsonNode.Parse(document.GetProperty("components").GetProperty("schemas").GetRawText())!.AsObject();
        definitions["body"] = JsonNode.Parse(text);
        var root = new JsonObject { ["definitions"] = definitions }.ToJsonString()
            .Replace("#/components/schemas/", "#/definitions/", StringComparison.Ordinal);
        return JsonSchema.FromJsonAsync(root).GetAwaiter().GetResult().Definitions["body"];
    });
}
