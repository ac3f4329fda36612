using System.Globalization;
using CdrApi.Cdrs;
using CdrApi.Cdrs.Formats;
using Microsoft.Extensions.Options;
using Microsoft.OpenApi;
using Swashbuckle.AspNetCore.SwaggerGen;

namespace CdrApi.Statistics;

/// <summary>Documents the parameters and answers of the statistics, which bind and write their own.</summary>
internal sealed class StatisticsOpenApi(IOptions<StatisticsOptions> options) : IOperationFilter
{
    public void Apply(OpenApiOperation operation, OperationFilterContext context)
    {
        switch (operation.OperationId)
        {
            case "getStatistics":
                operation.Parameters = [.. CdrOpenApi.OfFilter(ofOneAccount: false, CdrType.All), .. Parameters(), CdrOpenApi.MaxStaleness(), .. CdrOpenApi.OfFormat()];
                break;
            case "getAccountStatistics":
                operation.Parameters = [CdrOpenApi.Path("i_account", "The account."),
                    .. CdrOpenApi.OfFilter(ofOneAccount: true, CdrType.All), .. Parameters(), CdrOpenApi.MaxStaleness(), .. CdrOpenApi.OfFormat()];
                break;
            default:
                return;
        }

        CdrOpenApi.Answer(operation, new OpenApiMediaType
        {
            Schema = new OpenApiSchemaReference(StatisticsSchemas.Name, context.Document),
            Example = StatisticsSchemas.Example(),
        });
        var response = (OpenApiResponse)operation.Responses!["200"];
        response.Content![CdrFormat.NdJsonType] = new OpenApiMediaType
        {
            // Of one line: OpenAPI 3.1 has no schema for a sequence.
            Schema = new OpenApiSchemaReference(StatisticsSchemas.Row, context.Document),
            Example = StatisticsSchemas.RowExample(),
        };
        response.Content[CdrFormat.CsvType] = new OpenApiMediaType
        {
            Schema = new OpenApiSchema { Type = JsonSchemaType.String, Description = "RFC 4180, with a row of names; no totals." },
            Example = "country,calls,answered,failed,duration,billed_duration,cost,asr,acd,ner,pdd\r\nFRANCE,2,1,1,60.5,61,0.01,0.5,60.5,1,1.25\r\n",
        };
        response.Headers![CdrHeaders.Count] = CdrOpenApi.Header("Groups in the answer.", new OpenApiSchema { Type = JsonSchemaType.Integer });
        response.Headers[StatisticsAnswer.Groups] = CdrOpenApi.Header("Groups that there are.", new OpenApiSchema { Type = JsonSchemaType.Integer });
    }

    private IEnumerable<IOpenApiParameter> Parameters()
    {
        yield return CdrOpenApi.Query(StatisticsParameters.GroupBy, $"Up to {StatisticsParameters.MostGroups} groups, comma-separated; without it "
            + $"there are totals only. Any of {Names(StatisticsGroup.All.Select(g => g.Name))}.",
            new() { Type = JsonSchemaType.String }, "day,country");
        yield return CdrOpenApi.Query(StatisticsParameters.Sort, "Names of groups asked for and of figures, comma-separated, each ascending or, after "
            + "a `-`, descending; null comes last. Without it by the groups; ties are always broken by these. "
            + $"Figures are {Names(StatisticsFigure.All.Select(f => f.Name))}.",
            new() { Type = JsonSchemaType.String }, "-cost,calls");
        yield return CdrOpenApi.Query(StatisticsParameters.Limit, "The most groups in the answer. Others are cut, and `groups` says how many there are; "
            + string.Create(CultureInfo.InvariantCulture, $"the totals are of all. Without it, JSON has {options.Value.DefaultLimit}, and NDJSON and CSV have "
                + $"all groups, as a bulk download: at most {options.Value.MaxGroups}."), new()
                {
                    Type = JsonSchemaType.Integer,
                    Format = "int32",
                    Minimum = "1",
                    Maximum = options.Value.MaxLimit.ToString(CultureInfo.InvariantCulture),
                });
    }

    private static string Names(IEnumerable<string> names) => string.Join(", ", names.Select(n => $"`{n}`"));
}
