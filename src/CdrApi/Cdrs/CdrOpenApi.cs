using System.Globalization;
using System.Text.Json.Nodes;
using CdrApi.Cdrs.Formats;
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
                operation.Parameters = [.. Parameters(ofOneAccount: false)];
                AnswerList(operation, context);
                break;
            case "listAccountCdrs":
                operation.Parameters = [Path("i_account", "The account."), .. Parameters(ofOneAccount: true)];
                AnswerList(operation, context);
                break;
            case "getCdr":
                operation.Parameters = [Path("i_cdr", "The CDR's id.")];
                Answer(operation, new OpenApiMediaType
                {
                    Schema = new OpenApiSchemaReference(CdrSchemas.Cdr, context.Document),
                    Example = CdrSchemas.CdrExample(all: true),
                });
                break;
        }
    }

    /// <summary>Documents what a 200 has, whatever its body.</summary>
    public static void Answer(OpenApiOperation operation, OpenApiMediaType json)
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
                ["Server-Timing"] = Header("Lists and statistics: `read;dur=` milliseconds until the first rows were read, with all that was waited for.",
                    new OpenApiSchema { Type = JsonSchemaType.String }),
            },
            Content = new Dictionary<string, IOpenApiMediaType> { [CdrFormat.JsonType] = json },
        };
    }

    /// <summary>A list comes in every format.</summary>
    private static void AnswerList(OpenApiOperation operation, OperationFilterContext context)
    {
        Answer(operation, new OpenApiMediaType
        {
            Schema = new OpenApiSchemaReference(CdrSchemas.List, context.Document),
            Example = CdrSchemas.ListExample(),
        });
        var response = (OpenApiResponse)operation.Responses!["200"];
        response.Content![CdrFormat.NdJsonType] = new OpenApiMediaType
        {
            // Of one line: OpenAPI 3.1 has no schema for a sequence.
            Schema = new OpenApiSchemaReference(CdrSchemas.Cdr, context.Document),
            Example = CdrSchemas.CdrExample(all: false),
        };
        response.Content[CdrFormat.CsvType] = new OpenApiMediaType
        {
            Schema = new OpenApiSchema { Type = JsonSchemaType.String, Description = "RFC 4180, with a row of names. NULL is nothing, an empty text is a pair of quotes." },
            Example = "i_cdr,cli,cost\r\n418238747,+33199001234,0.0132\r\n",
        };
        response.Headers![CdrHeaders.Total] = Header("With include_count: how many CDRs the filter has in all.", Count());
        response.Headers["Link"] = Header("Where the next page is (rel=\"next\"), when the page is complete before it is sent and something is left.",
            new OpenApiSchema { Type = JsonSchemaType.String });
        response.Headers["Trailer"] = Header("NDJSON and CSV end with the trailers CDR-Count, the number of CDRs, and CDR-Next-Cursor, "
            + "which is missing when nothing is left.", new OpenApiSchema { Type = JsonSchemaType.String });
        response.Headers["Content-Disposition"] = Header("CSV: the name of the file to save it in.", new OpenApiSchema { Type = JsonSchemaType.String });
    }

    private static OpenApiSchema Count() => new() { Type = JsonSchemaType.Integer, Format = "int64", Minimum = "0" };

    public static OpenApiHeader Header(string description, OpenApiSchema schema) => new() { Description = description, Schema = schema };

    public static OpenApiParameter Path(string name, string description) => new()
    {
        Name = name,
        In = ParameterLocation.Path,
        Required = true,
        Description = description,
        Schema = Id(),
    };

    private static OpenApiSchema Id() => new() { Type = JsonSchemaType.Integer, Format = "int64", Minimum = "0" };

    /// <summary>Those of a query in a batch.</summary>
    public IEnumerable<IOpenApiParameter> OfBatch() => [.. OfFilter(ofOneAccount: false), .. OfList()];

    private IEnumerable<IOpenApiParameter> Parameters(bool ofOneAccount) =>
        [.. OfFilter(ofOneAccount), .. OfList(), .. OfFormat()];

    /// <summary>Which CDRs are meant.</summary>
    public static IEnumerable<IOpenApiParameter> OfFilter(bool ofOneAccount, CdrType unnamed = CdrType.NonZeroAndErrors)
    {
        yield return Query(CdrParameters.StartDate, $"Connected at or after this moment. {Rfc3339.Description}.",
            new() { Type = JsonSchemaType.String }, "2026-11-01");
        yield return Query(CdrParameters.EndDate, "Connected before this moment: the range is [start_date, end_date). Written as start_date is. "
            + "With a range, CDRs without a connect_time are left out.", new() { Type = JsonSchemaType.String }, "2036-12-01T00:00:00Z");
        yield return Query(CdrParameters.Zone, "The zone of dates and times without an offset, and of a statistic's `hour`, `day` and `month`: an IANA name. "
            + "A local time that clocks leave out is as much later as they are moved; of one that comes twice it is the first. Times in answers are UTC, "
            + "but for a statistic's groups.", new() { Type = JsonSchemaType.String, Default = TimeZoneCheck.Utc }, "Europe/Paris");
        if (!ofOneAccount)
        {
            yield return Query(CdrParameters.Account, "Only these accounts: repeated or comma-separated, at most "
                + $"{CdrParameters.MostAccounts}. Without it, every account that the caller may see.",
                new() { Type = JsonSchemaType.Array, Items = Id() });
        }

        yield return Query(CdrParameters.Type, "Sippy's six: `non_zero_and_errors` (duration > 0 or result <> 0), `non_zero` (duration > 0), "
            + "`all`, `complete` (result = 0), `incomplete` (result <> 0), `errors` (result <> 0 and duration = 0). Without it, lists have "
            + "`non_zero_and_errors`, as Sippy's, and statistics `all`, so that ratios are of all calls: the same figures need the same type.",
            Choice(CdrTypes.NameOf(unnamed), CdrTypes.Names));
        foreach (var parameter in CdrFilterParameters.All)
        {
            yield return Query(parameter.Name, parameter.Description + parameter.Comparison switch
            {
                CdrComparison.Pattern => " `*` stands for any characters, everything else for itself; without `*` the text must be equal. Several are "
                    + "repeated or comma-separated; one in double quotes may hold commas.",
                CdrComparison.AtLeast or CdrComparison.AtMost => " Inclusive; compared as the decimal that lists write.",
                _ => " Repeated or comma-separated; a value in double quotes may hold commas.",
            }, Schema(parameter), parameter.Example);
        }
    }

    private static OpenApiSchema Schema(CdrFilterParameter parameter)
    {
        var field = CdrFields.All.First(f => f.Name == parameter.Field);
        return parameter.Comparison switch
        {
            CdrComparison.Category => new()
            {
                Type = JsonSchemaType.Array,
                Items = new OpenApiSchema { Type = JsonSchemaType.String, Enum = [.. CdrResults.Categories.Select(c => (JsonNode)c)] },
            },
            CdrComparison.OneOf or CdrComparison.Pattern or CdrComparison.Address => new()
            {
                Type = JsonSchemaType.Array,
                Items = field.Kind == CdrFieldKind.Integer
                    ? new OpenApiSchema { Type = JsonSchemaType.Integer, Format = "int64" }
                    : new OpenApiSchema { Type = JsonSchemaType.String },
            },
            _ => new() { Type = JsonSchemaType.Number },
        };
    }

    private IEnumerable<IOpenApiParameter> OfList()
    {
        yield return Query(CdrParameters.Order, "By (connect_time, i_cdr). One is the exact reverse of the other; "
            + "CDRs without a connect_time come last in `desc`.", Choice("desc", ["desc", "asc"]));
        yield return Query(CdrParameters.Limit, string.Create(CultureInfo.InvariantCulture,
            $"The most CDRs in the answer. Above the maximum: 400. Without it, JSON has {options.Value.DefaultLimit}, and NDJSON and CSV have all CDRs, as a bulk download."), new()
            {
                Type = JsonSchemaType.Integer,
                Format = "int32",
                Minimum = "1",
                Maximum = options.Value.MaxLimit.ToString(CultureInfo.InvariantCulture),
            }, prefilled: Math.Min(5, options.Value.MaxLimit));
        yield return Query(CdrParameters.Cursor, "`next_cursor` of the page before. It holds for the same filter and order only.",
            new() { Type = JsonSchemaType.String });
        yield return Query(CdrParameters.Offset, "CDRs to leave out at the beginning, for callers that page by number. Not with `cursor`, "
            + "which does not slow down and neither loses nor repeats a CDR when others arrive.", new()
            {
                Type = JsonSchemaType.Integer,
                Format = "int32",
                Minimum = "0",
                Maximum = CdrParameters.MostOffset.ToString(CultureInfo.InvariantCulture),
                Default = 0,
            });
        yield return Query(CdrParameters.IncludeCount, "`true` counts the CDRs of the filter and gives `total`: as slow as the filter is wide. "
            + "`estimate` gives what the planner expects, at once.", Choice("false", ["false", "true", "estimate"]));
        yield return MaxStaleness();
        yield return Query(CdrParameters.Fields, "The fields wanted, comma-separated, in this order; or `all`.\n\n- Without it: "
            + Names(byDefault: true) + "\n- On request: " + Names(byDefault: false)
            + "\n- In no answer that does not name it: `cursor`, at which the list goes on after this CDR",
            new() { Type = JsonSchemaType.String }, "i_cdr,connect_time,cli,cld,duration,cost");
    }

    public static OpenApiParameter MaxStaleness() => Query(CdrParameters.MaxStaleness,
        "How many seconds behind the primary the standby may be, as last measured; 503 where none is as fresh. Without it, the operator's limit.",
        new() { Type = JsonSchemaType.Number, Minimum = "0", Maximum = CdrParameters.HighestStaleness.ToString(CultureInfo.InvariantCulture) });

    public static IEnumerable<IOpenApiParameter> OfFormat()
    {
        yield return Query(CdrParameters.Format, "The answer's format; it overrides the Accept header.",
            Choice(null, CdrFormat.All.Select(f => f.Name)));
        yield return Query(CdrParameters.Csv, "With `format=csv`: `excel` puts an apostrophe before text that a spreadsheet would take for a "
            + "formula, quotes every text and begins with a byte order mark; `rfc4180`, the default, leaves every text as it is.",
            Choice(null, ["rfc4180", "excel"]));
    }

    private static string Names(bool byDefault) =>
        string.Join(", ", CdrFields.All.Where(f => f.IsDefault == byDefault).Select(f => $"`{f.Name}`"));

    private static OpenApiSchema Choice(string? standard, IEnumerable<string> names) => new()
    {
        Type = JsonSchemaType.String,
        Enum = [.. names.Select(n => (JsonNode)n)],
        Default = standard,
    };

    /// <summary>A parameter. A form begins with its default, or with what is prefilled.</summary>
    public static OpenApiParameter Query(
        string name, string description, OpenApiSchema schema, string? example = null, JsonNode? prefilled = null)
    {
        if (example is not null && schema.Type == JsonSchemaType.String)
        {
            schema.Examples = [example];
        }

        return new OpenApiParameter
        {
            Name = name,
            In = ParameterLocation.Query,
            // The Swagger UI shows a schema's examples nowhere else.
            Description = example is null ? description : $"{description} For example `{example}`.",
            Schema = schema,
            Example = prefilled,
        };
    }
}
