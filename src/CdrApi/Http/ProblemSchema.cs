using Microsoft.OpenApi;
using Swashbuckle.AspNetCore.SwaggerGen;

namespace CdrApi.Http;

/// <summary>The schema of every problem document.</summary>
internal sealed class ProblemSchema : IDocumentFilter
{
    public const string Name = "Problem";

    public void Apply(OpenApiDocument document, DocumentFilterContext context) =>
        document.AddComponent(Name, new OpenApiSchema
        {
            Type = JsonSchemaType.Object,
            Description = "RFC 9457. Every refusal is one.",
            Required = new HashSet<string> { "type", "title", "status", "detail", "instance", "trace_id" },
            Properties = new Dictionary<string, IOpenApiSchema>
            {
                ["type"] = Text("What kind of problem: a path under /problems/, explained in docs/errors.md."),
                ["title"] = Text("The kind, in words."),
                ["status"] = new OpenApiSchema { Type = JsonSchemaType.Integer, Description = "The HTTP status." },
                ["detail"] = Text("What to do."),
                ["instance"] = Text("The path asked for."),
                ["trace_id"] = Text("Finds the request in the operator's log."),
                ["errors"] = new OpenApiSchema
                {
                    Type = JsonSchemaType.Object,
                    Description = "For a 400: each parameter at fault, and what is wrong with it.",
                    AdditionalProperties = new OpenApiSchema
                    {
                        Type = JsonSchemaType.Array,
                        Items = new OpenApiSchema { Type = JsonSchemaType.String },
                    },
                },
            },
        });

    private static OpenApiSchema Text(string description) => new() { Type = JsonSchemaType.String, Description = description };
}
