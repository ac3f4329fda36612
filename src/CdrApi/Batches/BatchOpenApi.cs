using System.Text.Json.Nodes;
using CdrApi.Cdrs;
using CdrApi.Cdrs.Formats;
using CdrApi.Http;
using Microsoft.OpenApi;
using Swashbuckle.AspNetCore.SwaggerGen;

namespace CdrApi.Batches;

/// <summary>Documents the body and the answer of a batch.</summary>
internal sealed class BatchOpenApi : IOperationFilter
{
    public void Apply(OpenApiOperation operation, OperationFilterContext context)
    {
        if (operation.OperationId != "batchCdrs")
        {
            return;
        }

        operation.RequestBody = new OpenApiRequestBody
        {
            Description = "The queries, at most 1 MiB of them.",
            Required = true,
            Content = new Dictionary<string, IOpenApiMediaType>
            {
                [CdrFormat.JsonType] = new OpenApiMediaType
                {
                    Schema = new OpenApiSchemaReference(BatchSchemas.Request, context.Document),
                    Example = BatchSchemas.RequestExample(),
                },
            },
        };
        CdrOpenApi.Answer(operation, new OpenApiMediaType
        {
            Schema = new OpenApiSchemaReference(BatchSchemas.Answer, context.Document),
            Example = BatchSchemas.AnswerExample(),
        });
    }
}

/// <summary>The schemas of a batch, made from those of a list.</summary>
internal sealed class BatchSchemas(CdrOpenApi lists) : IDocumentFilter
{
    public const string Request = "CdrBatch";
    public const string Answer = "CdrBatchResults";
    private const string Query = "CdrBatchQuery";
    private const string Result = "CdrBatchResult";

    public void Apply(OpenApiDocument document, DocumentFilterContext context)
    {
        document.AddComponent(Query, new OpenApiSchema
        {
            Type = JsonSchemaType.Object,
            Description = "One list: the parameters of `GET /cdrs`, but for `format` and `csv`.",
            Properties = lists.OfBatch().Select(p => KeyValuePair.Create<string, IOpenApiSchema>(p.Name!, Member(p)))
                .Prepend(KeyValuePair.Create<string, IOpenApiSchema>("id", Text("Comes back with the result. At most 100 characters.")))
                .ToDictionary(),
            AdditionalPropertiesAllowed = false,
        });
        document.AddComponent(Request, new OpenApiSchema
        {
            Type = JsonSchemaType.Object,
            Required = new HashSet<string> { "queries" },
            Properties = new Dictionary<string, IOpenApiSchema> { ["queries"] = List(Query, document, "Queries, answered in this order.") },
            AdditionalPropertiesAllowed = false,
        });
        document.AddComponent(Result, new OpenApiSchema
        {
            Type = JsonSchemaType.Object,
            Description = "One query's result: the members of a list where status is 200, else a problem.",
            Required = new HashSet<string> { "id", "status" },
            Properties = new Dictionary<string, IOpenApiSchema>(CdrSchemas.ListMembers(document))
            {
                ["id"] = new OpenApiSchema { Type = JsonSchemaType.String | JsonSchemaType.Null, Description = "As the query named it; null where it did not." },
                ["status"] = new OpenApiSchema { Type = JsonSchemaType.Integer, Description = "What the status of the query would have been as a request of its own." },
                ["problem"] = new OpenApiSchemaReference(ProblemSchema.Name, document),
            },
            AdditionalPropertiesAllowed = false,
        });
        document.AddComponent(Answer, new OpenApiSchema
        {
            Type = JsonSchemaType.Object,
            Required = new HashSet<string> { "results" },
            Properties = new Dictionary<string, IOpenApiSchema> { ["results"] = List(Result, document, "Results, in the order of the queries.") },
            AdditionalPropertiesAllowed = false,
        });
    }

    public static JsonObject RequestExample() => new()
    {
        ["queries"] = new JsonArray(
            new JsonObject { ["id"] = "newest", ["limit"] = 2 },
            new JsonObject { ["id"] = "failed", ["type"] = "errors", ["result"] = new JsonArray(486, 503), ["limit"] = 2, ["include_count"] = true }),
    };

    public static JsonObject AnswerExample()
    {
        var result = CdrSchemas.ListExample();
        result.Insert(0, "id", "newest");
        result.Insert(1, "status", 200);
        return new() { ["results"] = new JsonArray(result) };
    }

    /// <summary>As in a query string; beyond that a list may be a JSON list, and yes and no JSON's own.</summary>
    private static OpenApiSchema Member(IOpenApiParameter parameter)
    {
        var schema = (OpenApiSchema)parameter.Schema!;
        return new OpenApiSchema
        {
            Description = parameter.Description,
            Type = CdrParameters.IsList(parameter.Name!) ? JsonSchemaType.Array | JsonSchemaType.String | (schema.Items?.Type == JsonSchemaType.Integer ? JsonSchemaType.Integer : 0)
                : parameter.Name == CdrParameters.IncludeCount ? JsonSchemaType.Boolean | JsonSchemaType.String
                : schema.Type,
            Items = schema.Items ?? (parameter.Name == CdrParameters.Fields ? new OpenApiSchema { Type = JsonSchemaType.String } : null),
            Enum = parameter.Name == CdrParameters.IncludeCount ? [false, true, .. schema.Enum!] : schema.Enum,
            Format = schema.Format,
            Minimum = schema.Minimum,
            Maximum = schema.Maximum,
            Default = schema.Default,
        };
    }

    private static OpenApiSchema Text(string description) => new() { Type = JsonSchemaType.String, Description = description, MaxLength = 100 };

    private static OpenApiSchema List(string schema, OpenApiDocument document, string description) => new()
    {
        Type = JsonSchemaType.Array,
        Items = new OpenApiSchemaReference(schema, document),
        Description = description,
    };
}
