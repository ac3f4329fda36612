using System.Globalization;
using System.Text.Json.Nodes;
using CdrApi.Http;
using Microsoft.Extensions.Options;
using Microsoft.OpenApi;
using Swashbuckle.AspNetCore.SwaggerGen;

namespace CdrApi.Cdrs;

/// <summary>Documents the parameters and answers of the CDR operations, which bind and write their own.</summary>
internal sealed class CdrOpenApi(IOptions<CdrOptions> options) : IOperationFilter
{
    public void Apply(OpenApiOperation operation, OperationFilterContext context)
    {
        switch (operation.OperationId)
        {
            case "listCdrs":
                operation.Parameters = [.. Parameters(CdrParameters.OfAll)];
                Answer(operation, context, CdrSchemas.List, CdrSchemas.ListExample());
                break;
            case "listAccountCdrs":
                operation.Parameters = [Path("i_account", "The account."), .. Parameters(CdrParameters.OfOneAccount)];
                Answer(operation, context, CdrSchemas.List, CdrSchemas.ListExample());
                break;
            case "getCdr":
                operation.Parameters = [Path("i_cdr", "The CDR's id.")];
                Answer(operation, context, CdrSchemas.Cdr, CdrSchemas.CdrExample(all: true));
                ProblemResponses.Add(operation, context, Problem.CdrNotFound);
                break;
        }
    }

    private static void Answer(OpenApiOperation operation, OperationFilterContext context, string schema, JsonNode example)
    {
        operation.Responses ??= [];
        operation.Responses["200"] = new OpenApiResponse
        {
            Description = "The answer. It is complete if its body ends properly.",
            Headers = new Dictionary<string, IOpenApiHeader>
            {
                [CdrHeaders.AsOf] = Header("Every call that the primary had committed by then is in the answer.",
                    new OpenApiSchema { Type = JsonSchemaType.String, Format = "date-time" }),
                [CdrHeaders.Lag] = Header("Seconds that the replica is behind the primary.",
                    new OpenApiSchema { Type = JsonSchemaType.Number }),
            },
            Content = new Dictionary<string, IOpenApiMediaType>
            {
                ["application/json"] = new OpenApiMediaType
                {
                    Schema = new OpenApiSchemaReference(schema, context.Document),
                    Example = example,
                },
            },
        };
    }

    private static OpenApiHeader Header(string description, OpenApiSchema schema) => new() { Description = description, Schema = schema };

    private static OpenApiParameter Path(string name, string description) => new()
    {
        Name = name,
        In = ParameterLocation.Path,
        Required = true,
        Description = description,
        Schema = Id(),
    };

    private static OpenApiSchema Id() => new() { Type = JsonSchemaType.Integer, Format = "int64", Minimum = "0" };

    private IEnumerable<IOpenApiParameter> Parameters(IReadOnlyList<string> names) => names.Select(name => name switch
    {
        CdrParameters.StartDate => Query(name, $"Connected at or after this moment. {Rfc3339.Description}.",
            new() { Type = JsonSchemaType.String }),
        CdrParameters.EndDate => Query(name, "Connected before this moment: the range is [start_date, end_date). Written as start_date is. "
            + "With a range, CDRs without a connect_time are left out.", new() { Type = JsonSchemaType.String }),
        CdrParameters.Account => Query(name, "Only these accounts: repeated or comma-separated, at most "
            + $"{CdrParameters.MostAccounts}. Without it, every account that the caller may see.",
            new() { Type = JsonSchemaType.Array, Items = Id() }),
        CdrParameters.Type => Query(name, "Sippy's six: `non_zero_and_errors` (duration > 0 or result <> 0), `non_zero` (duration > 0), "
            + "`all`, `complete` (result = 0), `incomplete` (result <> 0), `errors` (result <> 0 and duration = 0).",
            Choice("non_zero_and_errors", CdrTypes.Names)),
        CdrParameters.Order => Query(name, "By (connect_time, i_cdr). One is the exact reverse of the other; "
            + "CDRs without a connect_time come last in `desc`.", Choice("desc", ["desc", "asc"])),
        CdrParameters.Limit => Query(name, "The most CDRs in the answer. Above the maximum: 400.", new()
        {
            Type = JsonSchemaType.Integer,
            Format = "int32",
            Minimum = "1",
            Maximum = options.Value.MaxLimit.ToString(CultureInfo.InvariantCulture),
            Default = options.Value.DefaultLimit,
        }),
        CdrParameters.Cursor => Query(name, "`next_cursor` of the page before. It holds for the same filter and order only.",
            new() { Type = JsonSchemaType.String }),
        _ => Query(name, "The fields wanted, comma-separated, in this order; or `all`.\n\n- Without it: "
            + Names(byDefault: true) + "\n- On request: " + Names(byDefault: false),
            new() { Type = JsonSchemaType.String }),
    });

    private static string Names(bool byDefault) =>
        string.Join(", ", CdrFields.All.Where(f => f.IsDefault == byDefault).Select(f => $"`{f.Name}`"));

    private static OpenApiSchema Choice(string standard, IEnumerable<string> names) => new()
    {
        Type = JsonSchemaType.String,
        Enum = [.. names.Select(n => (JsonNode)n)],
        Default = standard,
    };

    private static OpenApiParameter Query(string name, string description, OpenApiSchema schema)
    {
        var examples = new Dictionary<string, string>
        {
            [CdrParameters.StartDate] = "2026-11-01",
            [CdrParameters.EndDate] = "2026-12-01T00:00:00Z",
            [CdrParameters.Fields] = "i_cdr,connect_time,cli,cld,duration,cost",
        };
        if (examples.TryGetValue(name, out var example))
        {
            schema.Examples = [example];
        }

        return new OpenApiParameter
        {
            Name = name,
            In = ParameterLocation.Query,
            Description = description,
            Schema = schema,
        };
    }
}
