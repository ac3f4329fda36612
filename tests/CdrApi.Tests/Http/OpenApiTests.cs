using System.Text.Json;

namespace CdrApi.Tests.Http;

public sealed class OpenApiTests(TestSandbox sandbox)
{
    [Fact]
    public async Task Every_operation_is_described_with_its_answers()
    {
        var document = await DocumentAsync();

        document.GetProperty("openapi").GetString().Should().StartWith("3.1");
        document.GetProperty("paths").EnumerateObject().Select(p => p.Name).Should().BeEquivalentTo(
            "/cdrs", "/cdrs/{i_cdr}", "/accounts/{i_account}/cdrs", "/cdrs/batch", "/cdrs/stats",
            "/accounts/{i_account}/cdrs/stats", "/health", "/health/live", "/health/ready", "/replication-lag",
            "/auth/token", "/auth/sessions", "/auth/sessions/{id}");
        foreach (var operation in Operations(document))
        {
            var name = operation.GetProperty("summary").GetString();
            name.Should().NotBeNullOrWhiteSpace();
            operation.GetProperty("description").GetString().Should().NotBeNullOrWhiteSpace(name);
            var responses = operation.GetProperty("responses");
            (responses.TryGetProperty("200", out var ok) ? ok.TryGetProperty("content", out _) : responses.TryGetProperty("204", out _)).Should().BeTrue(name);
            operation.GetProperty("responses").EnumerateObject().Select(r => r.Value.GetProperty("description").GetString())
                .Should().NotContain(["OK", "Service Unavailable", ""], name);
        }

        var described = document.GetProperty("tags").EnumerateArray().Where(t => t.TryGetProperty("description", out _));
        described.Select(t => t.GetProperty("name").GetString()).Should().BeEquivalentTo(
            Operations(document).SelectMany(o => o.GetProperty("tags").EnumerateArray()).Select(t => t.GetString()).Distinct());
    }

    [Fact]
    public async Task Every_parameter_is_described_and_taken()
    {
        var document = await DocumentAsync();
        var list = document.GetProperty("paths").GetProperty("/cdrs").GetProperty("get");
        var parameters = list.GetProperty("parameters").EnumerateArray().ToList();

        parameters.Select(p => p.GetProperty("name").GetString()).Should().BeEquivalentTo(
            "start_date", "end_date", "tz", "i_account", "type", "result", "result_category", "cli", "cld", "cli_translated", "cld_translated", "call_id",
            "prefix", "country", "protocol", "release_source", "remote_ip", "min_duration", "max_duration", "min_cost", "max_cost",
            "order", "limit", "cursor", "offset", "include_count", "max_staleness", "fields", "format", "csv");
        foreach (var parameter in Operations(document).Where(o => o.TryGetProperty("parameters", out _)).SelectMany(o => o.GetProperty("parameters").EnumerateArray()))
        {
            parameter.GetProperty("description").GetString().Should().NotBeNullOrWhiteSpace();
            parameter.GetProperty("schema").GetProperty("type").GetString().Should().NotBeNull();
        }

        // What the document gives as a value must be taken as one.
        foreach (var parameter in parameters)
        {
            var name = parameter.GetProperty("name").GetString();
            var schema = parameter.GetProperty("schema");
            var values = new[] { "enum", "examples" }.Where(k => schema.TryGetProperty(k, out _))
                .SelectMany(k => schema.GetProperty(k).EnumerateArray()).Select(v => v.ToString()).ToList();
            if (schema.TryGetProperty("default", out var standard))
            {
                values.Add(standard.ToString());
            }

            // A CSV profile is for CSV alone.
            foreach (var value in name == "csv" ? [] : values)
            {
                using var response = await sandbox.All.SendAsync($"/cdrs?{name}={Uri.EscapeDataString(value)}{(name == "limit" ? "" : "&limit=1")}");
                response.IsSuccessStatusCode.Should().BeTrue("{0}={1}", name, value);
            }
        }
    }

    [Fact]
    public async Task The_CDR_schema_has_exactly_the_fields_of_an_answer_with_their_types()
    {
        var schema = (await DocumentAsync()).GetProperty("components").GetProperty("schemas").GetProperty("Cdr").GetProperty("properties");
        var answer = await sandbox.All.GetAsync("/cdrs?fields=all&type=all&limit=20000");

        schema.EnumerateObject().Select(p => p.Name).Should().Equal(Rows.AllFields.Append("cursor"));
        foreach (var row in answer.GetProperty("data").EnumerateArray())
        {
            foreach (var field in row.EnumerateObject())
            {
                var types = schema.GetProperty(field.Name).GetProperty("type") is { ValueKind: JsonValueKind.Array } several
                    ? several.EnumerateArray().Select(t => t.GetString()).ToArray()
                    : [schema.GetProperty(field.Name).GetProperty("type").GetString()];
                var type = field.Value.ValueKind switch
                {
                    JsonValueKind.Null => "null",
                    JsonValueKind.String => "string",
                    _ => types.Contains("integer") && field.Value.TryGetInt64(out _) ? "integer" : "number",
                };
                if (!types.Contains(type))
                {
                    Assert.Fail($"{field.Name} is {field.Value.GetRawText()}, and the schema says {string.Join(" or ", types)}.");
                }
            }
        }

        foreach (var field in schema.EnumerateObject())
        {
            field.Value.GetProperty("description").GetString().Should().NotBeNullOrWhiteSpace(field.Name);
        }
    }

    [Fact]
    public async Task What_needs_a_key_says_so_and_lists_its_errors()
    {
        var document = await DocumentAsync();
        document.GetProperty("components").GetProperty("securitySchemes").GetProperty("ApiKey").GetProperty("name").GetString().Should().Be("X-API-Key");

        foreach (var path in new[] { "/cdrs", "/cdrs/{i_cdr}", "/accounts/{i_account}/cdrs" })
        {
            var operation = document.GetProperty("paths").GetProperty(path).GetProperty("get");
            operation.GetProperty("security")[0].TryGetProperty("ApiKey", out _).Should().BeTrue(path);
            operation.GetProperty("responses").EnumerateObject().Select(r => r.Name).Should().Contain(["200", "400", "401", "403", "503", "504"], path);
        }

        document.GetProperty("paths").GetProperty("/health").GetProperty("get").TryGetProperty("security", out _).Should().BeFalse();
    }

    [Fact]
    public async Task The_documents_can_be_turned_off()
    {
        await using var api = await sandbox.Sandbox.StartApiAsync(new Dictionary<string, string?> { ["OpenApi__Enabled"] = "false" });
        var nobody = new ApiCaller(api.Url, null);

        await nobody.GetAsync("/openapi/v1.json", System.Net.HttpStatusCode.NotFound);
        await nobody.GetAsync("/swagger", System.Net.HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task Swagger_UI_is_served_and_the_root_leads_to_it()
    {
        using var response = await sandbox.Nobody.SendAsync("/");

        response.RequestMessage!.RequestUri!.AbsolutePath.Should().StartWith("/swagger");
        (await response.Content.ReadAsStringAsync()).Should().Contain("<title>CdrApi</title>");
    }

    private static IEnumerable<JsonElement> Operations(JsonElement document) =>
        document.GetProperty("paths").EnumerateObject().SelectMany(p => p.Value.EnumerateObject()).Select(o => o.Value);

    private Task<JsonElement> DocumentAsync() => sandbox.Nobody.GetAsync("/openapi/v1.json");
}
