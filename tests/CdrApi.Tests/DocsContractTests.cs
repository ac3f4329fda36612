using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using CdrApi.Tests.Http;

namespace CdrApi.Tests;

/// <summary>What documents and error texts advise is valid by the OpenAPI document, and what that gives as an example is taken and documented.</summary>
public sealed partial class DocsContractTests(TestSandbox sandbox)
{
    private static readonly string[] Files = ["api.md", "errors.md"];

    // There is no such operation: that is their subject.
    private static readonly string[] OfNoOperation = ["not-found", "method-not-allowed", "bad-request"];

    public static TheoryData<string> Examples => new(Files.SelectMany(DocsExample.Of).Where(e => !OfNoOperation.Contains(e.Section)).Select(e => e.Place));

    [Theory]
    [MemberData(nameof(Examples))]
    public async Task What_a_document_advises_is_valid_by_the_OpenAPI_document(string place)
    {
        var document = await DocumentAsync();
        var example = Files.SelectMany(DocsExample.Of).Single(e => e.Place == place);
        var schemas = new OpenApiSchemas(document);
        var call = Call().Match(example.Command);
        call.Success.Should().BeTrue("{0} calls the API", example.Command);
        var body = Body().Match(example.Command);
        var method = example.Command.Contains("-X DELETE", StringComparison.Ordinal) ? "delete"
            : body.Success || example.Command.Contains("-X POST", StringComparison.Ordinal) || example.Command.Contains("--data-binary", StringComparison.Ordinal) ? "post" : "get";
        var path = call.Groups[1].Value.Replace("$CDR_ACCOUNT", "14", StringComparison.Ordinal);
        var operation = document.GetProperty("paths").EnumerateObject()
            .Where(p => Regex.IsMatch(path, $"^{Regex.Replace(p.Name, "{[^}]+}", "[^/]+")}$")).OrderBy(p => p.Name.Count(c => c == '{')).First().Value.GetProperty(method);

        // A 400 shows what is at fault: the rest is valid.
        var documented = Answers(example);
        var faults = documented.SelectMany(a => a.TryGetProperty("errors", out var errors) ? errors.EnumerateObject().Select(e => e.Name) : []).ToHashSet();
        foreach (var (name, value) in call.Groups[2].Value.Split('&', StringSplitOptions.RemoveEmptyEntries).Select(p => p.Split('=', 2)).Select(p => (p[0], Uri.UnescapeDataString(p[1]))))
        {
            if (!faults.Contains(name))
            {
                Fits(schemas, Parameters(operation).Single(p => p.GetProperty("name").GetString() == name).GetProperty("schema"), value).Should().BeEmpty("{0}={1}", name, value);
            }
        }

        if (body.Success && faults.Count == 0 && operation.TryGetProperty("requestBody", out var expected)
            && !body.Groups[1].Value.Contains("\"wrong\"", StringComparison.Ordinal) && example.Command.Contains("application/json", StringComparison.Ordinal))
        {
            schemas.Faults(expected.GetProperty("content").GetProperty("application/json").GetProperty("schema"), body.Groups[1].Value).Should().BeEmpty();
        }

        var responses = operation.GetProperty("responses");
        foreach (var answer in documented)
        {
            var isProblem = answer.TryGetProperty("trace_id", out _);
            var status = isProblem ? answer.GetProperty("status").GetInt32() : 200;
            responses.TryGetProperty($"{status}", out var response).Should().BeTrue("{0} has {1}", path, status);
            if (isProblem)
            {
                var slug = answer.GetProperty("type").GetString()!["/problems/".Length..];
                var promised = response.GetProperty("content").GetProperty("application/problem+json").GetProperty("examples").GetProperty(slug).GetProperty("value");
                foreach (var member in new[] { "title", "detail" })
                {
                    answer.GetProperty(member).GetString().Should().Be(promised.GetProperty(member).GetString(), "{0} is the same in both", slug);
                }
            }
            else if (example.Answer!.Trim().Split('\n').Length == 1 || !example.Command.Contains("ndjson", StringComparison.Ordinal))
            {
                schemas.Faults(response.GetProperty("content").GetProperty("application/json").GetProperty("schema"), answer.GetRawText()).Should().BeEmpty();
            }
        }
    }

    [Fact]
    public async Task What_the_OpenAPI_document_advises_is_taken_and_documented()
    {
        var document = await DocumentAsync();
        var api = DocsExample.Read("api.md");
        foreach (var path in document.GetProperty("paths").EnumerateObject())
        {
            foreach (var operation in path.Value.EnumerateObject().Where(o => o.Name == "get"))
            {
                foreach (var parameter in Parameters(operation.Value).Where(p => p.GetProperty("in").GetString() == "query"))
                {
                    var name = parameter.GetProperty("name").GetString()!;
                    api.Should().Contain($"`{name}`");
                    foreach (var value in Advised(parameter))
                    {
                        var own = path.Name.Replace("{i_account}", $"{sandbox.Sandbox.Account}", StringComparison.Ordinal);
                        var with = (name, value) switch { ("csv", _) => "&format=csv", ("sort", "-cost,calls") => "&group_by=country", _ => "" };
                        using var response = await sandbox.All.SendAsync($"{own}?{name}={Uri.EscapeDataString(value)}{with}{(name == "limit" ? "" : "&limit=1")}{Recent(own, name)}");
                        response.StatusCode.Should().Be(HttpStatusCode.OK, "{0} takes {1}={2}", own, name, value);
                    }
                }
            }

            // Each problem is explained, by the same words.
            foreach (var problem in Under(path.Value, "examples").Where(e => e.ValueKind == JsonValueKind.Object).SelectMany(e => e.EnumerateObject()).Select(e => e.Value.GetProperty("value")))
            {
                var slug = problem.GetProperty("type").GetString()!["/problems/".Length..];
                DocsExample.Of("errors.md").Where(e => e.Section == slug).SelectMany(Answers).Where(a => a.TryGetProperty("detail", out _))
                    .Select(a => a.GetProperty("detail").GetString()).Append(slug == "too-large" ? problem.GetProperty("detail").GetString() : null)
                    .Should().Contain(problem.GetProperty("detail").GetString(), slug);
            }
        }

        var batch = document.GetProperty("paths").GetProperty("/cdrs/batch").GetProperty("post").GetProperty("requestBody").GetProperty("content").GetProperty("application/json").GetProperty("example");
        (await sandbox.All.PostAsync("/cdrs/batch", batch.GetRawText())).GetProperty("results").EnumerateArray()
            .Should().AllSatisfy(r => r.GetProperty("status").GetInt32().Should().BeOneOf(200, 403));
    }

    [Fact]
    public async Task What_an_error_advises_is_taken_by_the_same_path_and_valid_by_the_OpenAPI_document()
    {
        var document = await DocumentAsync();
        var schemas = new OpenApiSchemas(document);
        var tried = 0;
        foreach (var path in new[] { "/cdrs", $"/accounts/{sandbox.Sandbox.Account}/cdrs", "/cdrs/stats" })
        {
            var operation = document.GetProperty("paths").GetProperty(path.StartsWith("/accounts", StringComparison.Ordinal) ? "/accounts/{i_account}/cdrs" : path).GetProperty("get");
            foreach (var parameter in Parameters(operation).Where(p => p.GetProperty("in").GetString() == "query"))
            {
                // Nonsense to every parameter that is not free text.
                var name = parameter.GetProperty("name").GetString()!;
                using var response = await sandbox.All.SendAsync($"{path}?{name}={(name == "remote_ip" ? "1.1" : "%21:1")}{(name == "csv" ? "&format=csv" : "")}");
                if (response.IsSuccessStatusCode)
                {
                    name.Should().BeOneOf("cli", "cld", "cli_translated", "cld_translated", "call_id", "prefix", "release_source");
                    continue;
                }

                var text = JsonDocument.Parse(await response.Content.ReadAsStringAsync()).RootElement.GetProperty("errors").GetProperty(name)[0].GetString()!;
                foreach (var value in AdvisedBy(text))
                {
                    var with = name switch { "csv" => "&format=csv", _ => "" };
                    using var taken = await sandbox.All.SendAsync($"{path}?{name}={Uri.EscapeDataString(value)}{with}{(name == "limit" ? "" : "&limit=1")}{Recent(path, name)}");
                    taken.StatusCode.Should().Be(HttpStatusCode.OK, "{0} advises {1}={2}: {3}", path, name, value, text);
                    Fits(schemas, parameter.GetProperty("schema"), value).Should().BeEmpty("{0}={1}", name, value);
                    tried++;
                }
            }

            // An unknown parameter's error names those that there are.
            var known = (await sandbox.All.GetAsync($"{path}?colour=blue", HttpStatusCode.BadRequest)).GetProperty("errors").GetProperty("colour")[0].GetString()!;
            Words().Matches(known[(known.IndexOf("are ", StringComparison.Ordinal) + 4)..]).Select(m => m.Value).Should()
                .BeEquivalentTo(Parameters(operation).Where(p => p.GetProperty("in").GetString() == "query").Select(p => p.GetProperty("name").GetString()));
        }

        tried.Should().BeGreaterThan(60);
        foreach (var (path, body) in new[] { ("/cdrs/batch", "[]"), ("/auth/token", "[]") })
        {
            var advised = JsonIn().Match((await sandbox.All.PostAsync(path, body, HttpStatusCode.BadRequest)).GetProperty("errors").GetProperty("body")[0].GetString()!).Value;
            schemas.Faults(document.GetProperty("paths").GetProperty(path).GetProperty("post").GetProperty("requestBody").GetProperty("content").GetProperty("application/json")
                .GetProperty("schema"), advised).Should().BeEmpty(advised);
        }

        foreach (var (path, method) in new[] { ("/cdrs", "get"), ("/cdrs/{i_cdr}", "get"), ("/accounts/{i_account}/cdrs", "get"), ("/cdrs/stats", "get"), ("/accounts/{i_account}/cdrs/stats", "get"), ("/cdrs/batch", "post") })
        {
            var responses = document.GetProperty("paths").GetProperty(path).GetProperty(method).GetProperty("responses");
            var url = path.Replace("{i_cdr}", "1", StringComparison.Ordinal).Replace("{i_account}", $"{sandbox.Sandbox.Account}", StringComparison.Ordinal);
            using var refused = await sandbox.All.SendAsync(url, HttpMethod.Parse(method), headers: new Dictionary<string, string> { ["Accept"] = "image/png" },
                content: method == "post" ? new StringContent("{\"queries\":[{}]}", Encoding.UTF8, "application/json") : null);
            var advised = MediaTypes().Matches(JsonDocument.Parse(await refused.Content.ReadAsStringAsync()).RootElement.GetProperty("detail").GetString()!).Select(m => m.Value);
            advised.Should().BeEquivalentTo(responses.GetProperty("200").GetProperty("content").EnumerateObject().Select(c => c.Name), path);
        }
    }

    // A statistic over all CDRs takes its time.
    private static string Recent(string path, string parameter) => path.EndsWith("/stats", StringComparison.Ordinal) && parameter is not ("start_date" or "end_date")
        ? $"&start_date={TimeProvider.System.GetUtcNow().AddDays(-1):yyyy-MM-dd}" : "";

    private static List<JsonElement> Parameters(JsonElement operation) => operation.TryGetProperty("parameters", out var all) ? [.. all.EnumerateArray()] : [];

    private static List<JsonElement> Answers(DocsExample example) => example.Answer is { } answer && answer.StartsWith('{')
        ? [.. (answer.Trim().Split('\n') is { Length: > 1 } lines && Array.TrueForAll(lines, l => l.StartsWith('{') && l.EndsWith('}')) ? lines : [answer])
            .Select(a => JsonDocument.Parse(a.Replace("$CDR_ACCOUNT", "14", StringComparison.Ordinal)).RootElement)]
        : [];

    /// <summary>A list is written comma-separated.</summary>
    private static IEnumerable<string> Fits(OpenApiSchemas schemas, JsonElement schema, string value)
    {
        if (schema.GetProperty("type").GetString() != "array")
        {
            return schemas.HeaderFaults(schema, value);
        }

        return value.Split(',').SelectMany(v => schemas.HeaderFaults(schema.GetProperty("items"), v.Trim('"')));
    }

    private static IEnumerable<string> Advised(JsonElement parameter)
    {
        var schema = parameter.GetProperty("schema");
        var values = new[] { "enum", "examples" }.Where(k => schema.TryGetProperty(k, out _)).SelectMany(k => schema.GetProperty(k).EnumerateArray()).Select(v => v.ToString());
        var standard = schema.TryGetProperty("default", out var one) ? [one.ToString()] : Array.Empty<string>();
        return values.Concat(standard).Concat(ForExample().Matches(parameter.GetProperty("description").GetString()!).Select(m => m.Groups[1].Value)).Distinct();
    }

    private static IEnumerable<string> AdvisedBy(string error)
    {
        // "one of a, b, c", "a or b", "Names are …", "Fields are …", "such as 486 or -14", "Write it as …", and the times after a colon.
        var list = Lists().Match(error);
        return list.Success ? ListEnd().Split(list.Groups[1].Value).Select(v => v.Trim()).Where(v => v.Length > 0 && !v.Contains(' ')) : [];
    }

    private static IEnumerable<JsonElement> Under(JsonElement value, string name) => value.ValueKind switch
    {
        JsonValueKind.Object => value.EnumerateObject().SelectMany(p => p.NameEquals(name) ? [p.Value] : Under(p.Value, name)),
        JsonValueKind.Array => value.EnumerateArray().SelectMany(v => Under(v, name)),
        _ => [],
    };

    private async Task<JsonElement> DocumentAsync() => await sandbox.Nobody.GetAsync("/openapi/v1.json");

    [GeneratedRegex(@"\$\{?CDR_API_URL\}?(/[^""?\s]*)(?:\?([^""\s]*))?")]
    private static partial Regex Call();

    [GeneratedRegex(@"-d '([^']*)'")]
    private static partial Regex Body();

    [GeneratedRegex("For example `([^`]+)`")]
    private static partial Regex ForExample();

    [GeneratedRegex(@"(?:one of|such as|Names are|Categories are|Fields are|Write it as|any of|Must be(?= \w+ or \w+\.$)|date-time:) (.+?)\.?$")]
    private static partial Regex Lists();

    [GeneratedRegex(@", of at most.*|, or any of |, | or ")]
    private static partial Regex ListEnd();

    [GeneratedRegex(@"[a-z_]+")]
    private static partial Regex Words();

    [GeneratedRegex(@"\{.*\}")]
    private static partial Regex JsonIn();

    [GeneratedRegex(@"\w+/[\w.+-]+")]
    private static partial Regex MediaTypes();
}
