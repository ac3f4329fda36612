using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc.ApiExplorer;
using Microsoft.OpenApi;
using Swashbuckle.AspNetCore.SwaggerGen;

namespace CdrApi.Http;

/// <summary>Documents the credential that an operation needs, and the problems that it can answer with.</summary>
internal sealed class ProblemResponses : IOperationFilter
{
    private static readonly Problem[] OfAuthorized =
    [
        Problem.BadParameters, Problem.Unauthorized, Problem.Forbidden, Problem.Internal,
        Problem.NoReplica, Problem.NoConnection, Problem.Starting, Problem.QueryTimeout,
    ];

    public void Apply(OpenApiOperation operation, OperationFilterContext context)
    {
        if (!context.ApiDescription.ActionDescriptor.EndpointMetadata.OfType<IAuthorizeData>().Any())
        {
            return;
        }

        operation.Security =
        [
            new OpenApiSecurityRequirement { [new OpenApiSecuritySchemeReference(OpenApiSetup.ApiKeyScheme, context.Document)] = [] },
        ];
        foreach (var problems in OfAuthorized.GroupBy(p => p.Status))
        {
            Add(operation, context, [.. problems]);
        }
    }

    /// <summary>Documents the problems of one status.</summary>
    public static void Add(OpenApiOperation operation, OperationFilterContext context, params Problem[] problems)
    {
        var status = problems[0].Status;
        operation.Responses ??= [];
        operation.Responses[status.ToString(CultureInfo.InvariantCulture)] = new OpenApiResponse
        {
            Description = string.Join("\n\n", problems.Select(p => $"{p.Title}. {p.Detail}")),
            Headers = HeadersOf(status),
            Content = new Dictionary<string, IOpenApiMediaType>
            {
                ["application/problem+json"] = new OpenApiMediaType
                {
                    Schema = new OpenApiSchemaReference(ProblemSchema.Name, context.Document),
                    Examples = problems.ToDictionary(p => p.Slug,
                        IOpenApiExample (p) => new OpenApiExample { Summary = p.Title, Value = Example(p, context.ApiDescription) }),
                },
            },
        };
    }

    private static JsonObject Example(Problem problem, ApiDescription operation)
    {
        var example = new JsonObject
        {
            ["type"] = "/problems/" + problem.Slug,
            ["title"] = problem.Title,
            ["status"] = problem.Status,
            ["detail"] = problem.Detail,
            ["instance"] = "/" + operation.RelativePath!.Replace("{i_account}", "14", StringComparison.Ordinal)
                .Replace("{i_cdr}", "418238747", StringComparison.Ordinal),
            ["trace_id"] = "4bf92f3577b34da6a3ce929d0e0e4736",
        };
        if (problem == Problem.BadParameters)
        {
            example["errors"] = new JsonObject { ["colour"] = new JsonArray("Unknown parameter.") };
        }

        return example;
    }

    private static Dictionary<string, IOpenApiHeader>? HeadersOf(int status) => status switch
    {
        StatusCodes.Status401Unauthorized => new()
        {
            ["WWW-Authenticate"] = new OpenApiHeader
            {
                Description = "The scheme to authenticate by.",
                Required = true,
                Schema = new OpenApiSchema { Type = JsonSchemaType.String },
            },
        },
        StatusCodes.Status503ServiceUnavailable => new()
        {
            ["Retry-After"] = new OpenApiHeader
            {
                Description = "Seconds to wait before trying again.",
                Required = true,
                Schema = new OpenApiSchema { Type = JsonSchemaType.Integer },
            },
        },
        _ => null,
    };
}

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
