using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;

namespace CdrApi.Tests.Http;

/// <summary>What the contract must notice in a response, and what it must let pass.</summary>
public sealed class OpenApiContractTests(TestSandbox sandbox)
{
    private const string List = """{"data":[ROW],"count":1,"limit":1,"next_cursor":null,"as_of":"2026-11-23T18:07:00.5Z"}""";
    private const string Problem =
        """{"type":"/problems/x","title":"t","status":404,"detail":"d","instance":"/x","trace_id":"4bf92f3577b34da6a3ce929d0e0e4736"}""";

    [Theory]
    [InlineData("""{"i_cdr":1,"cost":0.5,"connect_time":"2026-11-23T18:05:50.27Z","country":null}""", "")]
    [InlineData("""{"i_cdr":"1"}""", "i_cdr: IntegerExpected")]
    [InlineData("""{"i_cdr":null}""", "i_cdr: IntegerExpected")]
    [InlineData("""{"i_cdr":1.5}""", "i_cdr: IntegerExpected")]
    [InlineData("""{"i_cdr":1,"cost":"0.5"}""", "cost: ")]
    [InlineData("""{"i_cdr":1,"connect_time":"yesterday"}""", "connect_time: NoTypeValidates")]
    [InlineData("""{"i_cdr":1,"colour":"blue"}""", "colour: NoAdditionalPropertiesAllowed")]
    [InlineData("""1""", "ObjectExpected")]
    public async Task A_row_that_does_not_fit_is_noticed(string row, string fault) =>
        await ExpectAsync(Response("/cdrs?limit=1", 200, List.Replace("ROW", row, StringComparison.Ordinal)), fault);

    [Theory]
    [InlineData("""{"data":[],"count":0,"limit":1,"as_of":null}""", "next_cursor: PropertyRequired")]
    [InlineData("""{"data":[],"count":0,"limit":1,"next_cursor":null""", "not JSON")]
    [InlineData("", "not JSON")]
    public async Task A_list_that_does_not_fit_is_noticed(string body, string fault) =>
        await ExpectAsync(Response("/accounts/14/cdrs", 200, body), fault);

    [Theory]
    [InlineData("/cdrs", 418, Problem, "application/problem+json", "GET /cdrs has no 418")]
    [InlineData("/cdrs/1", 200, """{"i_cdr":1}""", "application/json", "")]
    [InlineData("/cdrs/1", 404, Problem, "application/problem+json", "")]
    [InlineData("/cdrs/1", 404, """{"title":"t"}""", "application/problem+json", "GET /cdrs/{i_cdr} 404: #/detail: PropertyRequired")]
    [InlineData("/cdrs/1", 404, Problem, "application/json", "the body is application/json")]
    [InlineData("/cdrs/1", 200, "<p>", "text/html", "the body is text/html")]
    [InlineData("/health", 200, """{"status":"well","checks":{}}""", "application/health+json", "status: NotInEnumeration")]
    [InlineData("/nowhere", 404, Problem, "application/problem+json", "")]
    [InlineData("/nowhere", 404, "{}", "application/problem+json", "PropertyRequired")]
    [InlineData("/nowhere", 404, "", "text/plain", "not a problem")]
    [InlineData("/nowhere", 200, "{}", "application/json", "no such operation")]
    [InlineData("/swagger/index.html", 200, "<p>", "text/html", "")]
    public async Task A_status_or_type_that_is_not_in_the_document_is_noticed(
        string path, int status, string body, string mediaType, string fault) =>
        await ExpectAsync(Response(path, status, body, mediaType), fault);

    [Theory]
    [InlineData("CDR-Replication-Lag", "0.5", "")]
    [InlineData("CDR-Replication-Lag", "little", "the header CDR-Replication-Lag")]
    [InlineData("CDR-As-Of", "now", "the header CDR-As-Of")]
    [InlineData("CDR-Colour", "blue", "the header CDR-Colour is not in the document")]
    public async Task A_header_that_does_not_fit_is_noticed(string name, string value, string fault)
    {
        var response = Response("/cdrs", 200, List.Replace("ROW", "", StringComparison.Ordinal));
        response.Headers.Add(name, value);

        await ExpectAsync(response, fault);
    }

    [Theory]
    [InlineData("/cdrs", 401, "WWW-Authenticate is missing")]
    [InlineData("/cdrs", 503, "Retry-After is missing")]
    [InlineData("/cdrs/1", 405, "Allow is missing")]
    public async Task A_header_that_is_missing_is_noticed(string path, int status, string fault)
    {
        var response = Response(path, status, Problem, "application/problem+json");
        response.RequestMessage!.Method = status == 405 ? HttpMethod.Put : HttpMethod.Get;

        await ExpectAsync(response, fault);
    }

    [Fact]
    public async Task HEAD_is_GET_without_a_body()
    {
        var response = Response("/cdrs", 200, "");
        response.RequestMessage!.Method = HttpMethod.Head;
        await ExpectAsync(response, "");

        response.Headers.Add("CDR-Replication-Lag", "little");
        await ExpectAsync(response, "the header CDR-Replication-Lag");
    }

    [Fact]
    public async Task A_body_on_the_way_is_left_alone_but_not_its_status()
    {
        _ = sandbox.Sandbox;

        (await OpenApiContract.Current.FaultsAsync(Response("/cdrs", 200, "{"), streamed: true)).Should().BeEmpty();
        (await OpenApiContract.Current.FaultsAsync(Response("/cdrs", 418, "{"), streamed: true)).Should().NotBeEmpty();
    }

    [Theory]
    [InlineData("{\"i_cdr\":1}\n{\"i_cdr\":2}\n", "")]
    [InlineData("", "")]
    [InlineData("{\"i_cdr\":1}\n{\"i_cdr\":\"2\"}\n", "line 2: #/i_cdr: IntegerExpected")]
    [InlineData("{\"i_cdr\":1}\n{\"i_cdr\":2}", "the last line has no end")]
    [InlineData("{\"i_cdr\":1}\n\n", "line 2: the body is not JSON")]
    public void Each_line_of_NDJSON_must_fit(string body, string fault)
    {
        var document = JsonElement.Parse("""
            {"paths":{},"components":{"schemas":{"Cdr":{"type":"object","properties":{"i_cdr":{"type":"integer"}}}}}}
            """);
        var faults = new OpenApiSchemas(document).LineFaults(JsonElement.Parse("""{"$ref":"#/components/schemas/Cdr"}"""), body);

        Expect(faults, fault);
    }

    [Fact]
    public async Task A_fault_that_runs_through_a_long_list_is_noticed()
    {
        var row = """{"i_cdr":1,"cli":"+33199001234","cost":COST,"connect_time":"2026-11-23T18:05:50.27Z","country":null},""";
        var rows = string.Concat(Enumerable.Repeat(row, 100_000)).TrimEnd(',');
        var body = List.Replace("ROW", rows, StringComparison.Ordinal);

        await ExpectAsync(Response("/cdrs", 200, body.Replace("COST", "0.5", StringComparison.Ordinal)), "");
        await ExpectAsync(Response("/cdrs", 200, body.Replace("COST", "\"0.5\"", StringComparison.Ordinal)), "cost");
    }

    [Fact]
    public async Task The_schemas_use_no_keyword_that_would_go_unchecked()
    {
        var document = await sandbox.Nobody.GetAsync("/openapi/v1.json");

        var unknown = Schemas(document).SelectMany(s => s.EnumerateObject()).Select(p => p.Name)
            .Where(k => !OpenApiSchemas.Checked.Contains(k) && !OpenApiSchemas.Annotations.Contains(k)).Distinct();
        unknown.Should().BeEmpty();

        // Before 2020-12, what stands beside $ref is ignored.
        var besideRef = Schemas(document).Where(s => s.TryGetProperty("$ref", out _))
            .SelectMany(s => s.EnumerateObject()).Select(p => p.Name).Where(k => k != "$ref" && OpenApiSchemas.Checked.Contains(k));
        besideRef.Should().BeEmpty();
    }

    private static IEnumerable<JsonElement> Schemas(JsonElement document) =>
        document.GetProperty("components").GetProperty("schemas").EnumerateObject().Select(s => s.Value)
            .Concat(Under(document.GetProperty("paths"), "schema")).SelectMany(WithInner);

    private static IEnumerable<JsonElement> Under(JsonElement value, string name) => value.ValueKind switch
    {
        JsonValueKind.Object => value.EnumerateObject().SelectMany(p => p.NameEquals(name) ? [p.Value] : Under(p.Value, name)),
        JsonValueKind.Array => value.EnumerateArray().SelectMany(v => Under(v, name)),
        _ => [],
    };

    private static IEnumerable<JsonElement> WithInner(JsonElement schema) => schema.EnumerateObject().SelectMany(p => p.Name switch
    {
        "properties" => p.Value.EnumerateObject().Select(s => s.Value),
        "items" or "not" => [p.Value],
        "additionalProperties" when p.Value.ValueKind == JsonValueKind.Object => [p.Value],
        "allOf" or "anyOf" or "oneOf" => p.Value.EnumerateArray(),
        _ => Enumerable.Empty<JsonElement>(),
    }).SelectMany(WithInner).Prepend(schema);

    private static HttpResponseMessage Response(string path, int status, string body, string mediaType = "application/json") => new((HttpStatusCode)status)
    {
        RequestMessage = new HttpRequestMessage(HttpMethod.Get, "http://localhost" + path),
        Content = new StringContent(body, new MediaTypeHeaderValue(mediaType)),
    };

    private async Task ExpectAsync(HttpResponseMessage response, string fault)
    {
        _ = sandbox.Sandbox;
        Expect(await OpenApiContract.Current.FaultsAsync(response), fault);
    }

    private static void Expect(IReadOnlyList<string> faults, string fault)
    {
        if (fault.Length == 0)
        {
            faults.Should().BeEmpty();
        }
        else
        {
            faults.Should().Contain(f => f.Contains(fault, StringComparison.Ordinal));
        }
    }
}
