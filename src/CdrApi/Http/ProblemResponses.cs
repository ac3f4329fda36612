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
        Problem.BadParameters, Problem.Unauthorized, Problem.Forbidden, Problem.TooManyRequests, Problem.TooManyAttempts, Problem.Internal,
        Problem.NoAuthority, Problem.NoSessionStore, Problem.Starting,
    ];

    public void Apply(OpenApiOperation operation, OperationFilterContext context)
    {
        var endpoint = context.ApiDescription.ActionDescriptor.EndpointMetadata;
        var problems = endpoint.OfType<OpenApiProblems>().SelectMany(p => p.Problems);
        if (endpoint.OfType<IAuthorizeData>().Any())
        {
            operation.Security =
            [
                new OpenApiSecurityRequirement { [new OpenApiSecuritySchemeReference(OpenApiSetup.ApiKeyScheme, context.Document)] = [] },
                new OpenApiSecurityRequirement { [new OpenApiSecuritySchemeReference(OpenApiSetup.TokenScheme, context.Document)] = [] },
            ];
            problems = OfAuthorized.Concat(problems);
        }

        foreach (var ofStatus in problems.Distinct().GroupBy(p => p.Status))
        {
            Add(operation, context, ofStatus.Key, [.. ofStatus]);
        }
    }

    private static void Add(OpenApiOperation operation, OperationFilterContext context, int status, List<Problem> problems)
    {
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
        StatusCodes.Status429TooManyRequests or StatusCodes.Status503ServiceUnavailable => new()
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
