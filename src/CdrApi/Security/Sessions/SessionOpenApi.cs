using System.Text.Json.Nodes;
using Microsoft.OpenApi;
using Swashbuckle.AspNetCore.SwaggerGen;

namespace CdrApi.Security;

/// <summary>Documents the body of <c>POST /auth/token</c>, and the id of a session.</summary>
internal sealed class SessionOpenApi : IOperationFilter
{
    public void Apply(OpenApiOperation operation, OperationFilterContext context)
    {
        if (operation.OperationId == "revokeSession" && operation.Parameters?[0] is OpenApiParameter id)
        {
            id.Description = "The session's id.";
            id.Example = "5f1c0a9be26d48354bc2d1e0";
        }

        if (operation.OperationId != "beginSession")
        {
            return;
        }

        var account = new OpenApiSchema { Type = JsonSchemaType.Integer, Format = "int64", Minimum = "0" };
        operation.RequestBody = new OpenApiRequestBody
        {
            Description = "What to narrow the token to. Without a body it reaches what the key reaches, for 15 minutes.",
            Content = new Dictionary<string, IOpenApiMediaType>
            {
                ["application/json"] = new OpenApiMediaType
                {
                    Schema = new OpenApiSchema
                    {
                        Type = JsonSchemaType.Object,
                        Properties = new Dictionary<string, IOpenApiSchema>
                        {
                            ["i_account"] = new OpenApiSchema
                            {
                                Description = "Only these accounts: one, or a list. The key must reach them.",
                                OneOf = [account, new OpenApiSchema { Type = JsonSchemaType.Array, Items = account, MinItems = 1, MaxItems = SessionRequest.MostAccounts }],
                            },
                            ["expires_in"] = new OpenApiSchema
                            {
                                Type = JsonSchemaType.Integer,
                                Description = "Seconds until it ends.",
                                Minimum = "1",
                                Maximum = "900",
                                Default = 900,
                            },
                        },
                        AdditionalPropertiesAllowed = false,
                    },
                    Example = new JsonObject { ["i_account"] = 14, ["expires_in"] = 300 },
                },
            },
        };
    }
}
