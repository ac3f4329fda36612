using System.Text.Json.Nodes;
using CdrApi.Cdrs;
using Microsoft.OpenApi;
using Swashbuckle.AspNetCore.SwaggerGen;

namespace CdrApi.Statistics;

/// <summary>The schemas of a statistic, made from the catalogues of groups and figures.</summary>
internal sealed class StatisticsSchemas : IDocumentFilter
{
    public const string Name = "Statistics";
    public const string Row = "StatisticsRow";
    private const string Figures = "StatisticsFigures";

    public void Apply(OpenApiDocument document, DocumentFilterContext context)
    {
        document.AddComponent(Figures, new OpenApiSchema
        {
            Type = JsonSchemaType.Object,
            Properties = StatisticsFigure.All.ToDictionary(f => f.Name, IOpenApiSchema (f) => Schema(f)),
            AdditionalPropertiesAllowed = false,
        });
        document.AddComponent(Row, new OpenApiSchema
        {
            Type = JsonSchemaType.Object,
            Description = "The groups that were asked for, in that order, and the figures.",
            Properties = StatisticsGroup.All.Select(g => (g.Name, Schema: Schema(g)))
                .Concat(StatisticsFigure.All.Select(f => (f.Name, Schema: Schema(f)))).ToDictionary(m => m.Name, IOpenApiSchema (m) => m.Schema),
            AdditionalPropertiesAllowed = false,
        });
        document.AddComponent(Name, new OpenApiSchema
        {
            Type = JsonSchemaType.Object,
            Required = new HashSet<string> { "data", "totals", "count", "groups", "limit", "as_of" },
            Properties = new Dictionary<string, IOpenApiSchema>
            {
                ["data"] = new OpenApiSchema
                {
                    Type = JsonSchemaType.Array,
                    Items = new OpenApiSchemaReference(Row, document),
                    Description = "The groups, in order; none without group_by.",
                },
                ["totals"] = new OpenApiSchemaReference(Figures, document),
                ["count"] = new OpenApiSchema { Type = JsonSchemaType.Integer, Description = "Groups in data." },
                ["groups"] = new OpenApiSchema { Type = JsonSchemaType.Integer, Description = "Groups that there are; more than count when limit cut some." },
                ["limit"] = new OpenApiSchema { Type = JsonSchemaType.Integer, Description = "The limit that held." },
                ["as_of"] = new OpenApiSchema
                {
                    Type = JsonSchemaType.String | JsonSchemaType.Null,
                    Format = "date-time",
                    Description = "Every call that the primary had committed by then is counted; null when the replica cannot tell.",
                },
            },
            AdditionalPropertiesAllowed = false,
        });
    }

    public static JsonObject RowExample() => new(StatisticsGroup.All.Where(g => g.Name is "day" or "country")
        .Select(g => KeyValuePair.Create(g.Name, JsonNode.Parse(g.Example))).Concat(FiguresExample()));

    public static JsonObject Example() => new()
    {
        ["data"] = new JsonArray(RowExample()),
        ["totals"] = new JsonObject(FiguresExample()),
        ["count"] = 1,
        ["groups"] = 1,
        ["limit"] = 1000,
        ["as_of"] = "2026-11-23T18:07:00.5Z",
    };

    private static IEnumerable<KeyValuePair<string, JsonNode?>> FiguresExample() =>
        StatisticsFigure.All.Select(f => KeyValuePair.Create(f.Name, JsonNode.Parse(f.Example)));

    private static OpenApiSchema Schema(StatisticsGroup group) => new()
    {
        Type = (group.Name is "i_account" or "result" ? JsonSchemaType.Integer : JsonSchemaType.String) | JsonSchemaType.Null,
        Format = group.IsTime ? "date-time" : null,
        Description = group.Description,
    };

    private static OpenApiSchema Schema(StatisticsFigure figure) => new()
    {
        Type = figure.Format switch
        {
            ColumnFormat.Int64 => JsonSchemaType.Integer,
            ColumnFormat.DecimalText => JsonSchemaType.Number,
            // There is no mean of nothing.
            _ => JsonSchemaType.Number | JsonSchemaType.Null,
        },
        Description = figure.Description,
    };
}
