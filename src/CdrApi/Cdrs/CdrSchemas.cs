using System.Text.Json.Nodes;
using Microsoft.OpenApi;
using Swashbuckle.AspNetCore.SwaggerGen;

namespace CdrApi.Cdrs;

/// <summary>The schemas of a CDR and of a list, made from the field catalogue.</summary>
internal sealed class CdrSchemas : IDocumentFilter
{
    public const string Cdr = "Cdr";
    public const string List = "CdrList";

    public void Apply(OpenApiDocument document, DocumentFilterContext context)
    {
        document.AddComponent(Cdr, new OpenApiSchema
        {
            Type = JsonSchemaType.Object,
            Description = "A call detail record: one account's leg of a call. It has the fields that were asked for.",
            Properties = CdrFields.All.Append(CdrFields.Cursor).ToDictionary(f => f.Name, Schema),
            AdditionalPropertiesAllowed = false,
        });
        document.AddComponent(List, new OpenApiSchema
        {
            Type = JsonSchemaType.Object,
            Description = "A list of CDRs. What is known only at the end stands at the end.",
            Required = new HashSet<string> { "data", "count", "limit", "next_cursor", "as_of" },
            Properties = ListMembers(document),
            AdditionalPropertiesAllowed = false,
        });
    }

    public static Dictionary<string, IOpenApiSchema> ListMembers(OpenApiDocument document) => new()
    {
        ["total"] = new OpenApiSchema
        {
            Type = JsonSchemaType.Integer,
            Description = "With include_count: how many CDRs the filter has in all, wherever the page begins.",
        },
        ["data"] = new OpenApiSchema
        {
            Type = JsonSchemaType.Array,
            Items = new OpenApiSchemaReference(Cdr, document),
            Description = "The CDRs, in order.",
        },
        ["count"] = new OpenApiSchema { Type = JsonSchemaType.Integer, Description = "CDRs in data." },
        ["limit"] = new OpenApiSchema { Type = JsonSchemaType.Integer, Description = "The limit that held." },
        ["next_cursor"] = new OpenApiSchema
        {
            Type = JsonSchemaType.String | JsonSchemaType.Null,
            Description = "The next page's cursor; null exactly when nothing is left.",
        },
        ["as_of"] = new OpenApiSchema
        {
            Type = JsonSchemaType.String | JsonSchemaType.Null,
            Format = "date-time",
            Description = "Every call that the primary had committed by then is in the answer; null when the replica cannot tell.",
        },
    };

    public static JsonObject CdrExample(bool all) => new(CdrFields.All.Where(f => all || f.IsDefault)
        .Select(f => KeyValuePair.Create(f.Name, JsonNode.Parse(f.Example))));

    public static JsonObject ListExample() => new()
    {
        ["data"] = new JsonArray(CdrExample(all: false)),
        ["count"] = 1,
        ["limit"] = 1,
        ["next_cursor"] = "AQB5u4pMxQ3k1wAC3dRkL0vgAAAAABjtv9s",
        ["as_of"] = "2026-11-23T18:07:00.5Z",
    };

    private static IOpenApiSchema Schema(CdrField field)
    {
        var isNeverNull = field.Name is CdrFields.KeyId || field == CdrFields.Cursor;
        var type = field.Kind switch
        {
            CdrFieldKind.Integer => JsonSchemaType.Integer,
            CdrFieldKind.Decimal => JsonSchemaType.Number,
            _ => JsonSchemaType.String,
        };
        return new OpenApiSchema
        {
            Type = isNeverNull ? type : type | JsonSchemaType.Null,
            Format = field.Kind switch
            {
                CdrFieldKind.Integer => "int64",
                CdrFieldKind.Time => "date-time",
                _ => null,
            },
            Description = field.Description,
            Examples = JsonNode.Parse(field.Example) is { } example ? [example] : null,
        };
    }
}
