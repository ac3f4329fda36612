using System.Net;
using System.Text.Json;

namespace CdrApi.Tests.Cdrs;

/// <summary>Which format an answer has, and what its headers say of it.</summary>
public sealed class FormatTests(TestSandbox sandbox)
{
    private const string Json = "application/json";
    private const string NdJson = "application/x-ndjson";
    private const string Csv = "text/csv";

    [Theory]
    [InlineData(null, Json)]
    [InlineData("*/*", Json)]
    [InlineData("application/json", Json)]
    [InlineData("application/x-ndjson", NdJson)]
    [InlineData("text/csv", Csv)]
    [InlineData("TEXT/CSV", Csv)]
    [InlineData("text/csv; charset=utf-8", Csv)]
    [InlineData("text/*", Csv)]
    [InlineData("application/*", Json)]
    [InlineData("application/json;q=0.5, application/x-ndjson;q=0.8", NdJson)]
    [InlineData("application/json;q=0.8, text/csv;q=0.8", Json)]
    [InlineData("*/*;q=0.1, text/csv", Csv)]
    [InlineData("text/csv;q=0.1, */*;q=0.2", Json)]
    [InlineData("application/json;q=0, */*", NdJson)]
    [InlineData("application/*;q=0, */*", Csv)]
    [InlineData("application/*;q=0.2, application/x-ndjson;q=0.1, */*;q=0.3", Csv)]
    [InlineData("image/png, text/csv;q=0.001", Csv)]
    [InlineData("text/html, application/xhtml+xml, application/xml;q=0.9, */*;q=0.8", Json)]
    public async Task Accept_chooses_the_format_by_its_preferences(string? accept, string mediaType)
    {
        using var response = await GetAsync("/cdrs?limit=1", accept);

        response.StatusCode.Should().Be(HttpStatusCode.OK);
        response.Content.Headers.ContentType!.MediaType.Should().Be(mediaType);
    }

    [Theory]
    [InlineData("image/png")]
    [InlineData("*/*;q=0")]
    [InlineData("text/csv;q=0")]
    [InlineData("text/html, text/csv;q=0, text/*;q=0")]
    public async Task Accept_that_takes_no_format_is_a_406(string accept)
    {
        using var response = await GetAsync("/cdrs?limit=1", accept);

        response.StatusCode.Should().Be(HttpStatusCode.NotAcceptable);
        var problem = JsonDocument.Parse(await response.Content.ReadAsStringAsync()).RootElement;
        problem.GetProperty("type").GetString().Should().Be("/problems/not-acceptable");
    }

    [Theory]
    [InlineData("format=json", "text/csv", Json)]
    [InlineData("format=ndjson", "text/csv", NdJson)]
    [InlineData("format=csv", "application/json", Csv)]
    [InlineData("format=csv", "image/png", Csv)]
    [InlineData("csv=excel", "text/csv", Csv)]
    [InlineData("format=csv&csv=rfc4180", null, Csv)]
    public async Task Format_overrides_Accept(string query, string? accept, string mediaType)
    {
        using var response = await GetAsync("/cdrs?limit=1&" + query, accept);

        response.StatusCode.Should().Be(HttpStatusCode.OK);
        response.Content.Headers.ContentType!.MediaType.Should().Be(mediaType);
    }

    [Theory]
    [InlineData("json")]
    [InlineData("ndjson")]
    [InlineData("csv")]
    public async Task Caches_are_told_that_the_answer_depends_on_Accept(string format)
    {
        using var response = await GetAsync("/cdrs?limit=1&format=" + format);

        response.Headers.Vary.Should().Contain("Accept").And.Contain("Accept-Encoding");
    }

    [Fact]
    public async Task Caches_are_told_so_of_a_406_too()
    {
        using var response = await GetAsync("/cdrs?limit=1", "image/png");

        response.Headers.Vary.Should().Contain("Accept");
    }

    [Theory]
    [InlineData("/cdrs?format=csv", "cdrs.csv")]
    [InlineData("/cdrs?format=csv&start_date=2026-11-01&end_date=2026-12-01", "cdrs-2026-11-01-2026-12-01.csv")]
    [InlineData("/cdrs?format=csv&csv=excel&start_date=2026-11-01T23:30:00-05:00", "cdrs-2026-11-02.csv")]
    [InlineData("/accounts/14/cdrs?format=csv&end_date=2026-12-01", "cdrs-account-14-2026-12-01.csv")]
    public async Task CSV_is_a_file_named_after_the_question(string path, string name)
    {
        using var response = await GetAsync(path + "&limit=1");

        response.Content.Headers.ContentType!.ToString().Should().Be("text/csv; charset=utf-8; header=present");
        response.Content.Headers.ContentDisposition!.ToString().Should().Be($"attachment; filename=\"{name}\"");
    }

    [Theory]
    [InlineData("json")]
    [InlineData("ndjson")]
    public async Task JSON_is_no_file(string format)
    {
        using var response = await GetAsync("/cdrs?limit=1&format=" + format);

        response.Content.Headers.ContentDisposition.Should().BeNull();
    }

    [Theory]
    [InlineData("json")]
    [InlineData("ndjson")]
    [InlineData("csv")]
    public async Task Link_leads_to_the_next_page_and_keeps_the_question(string format)
    {
        var question = $"type=all&fields=i_cdr,cli&order=asc&cli=*3*&format={format}";
        using var first = await GetAsync($"/cdrs?{question}&limit=3&offset=2");
        var next = Link(first)!;
        using var second = await GetAsync(next);
        using var both = await GetAsync($"/cdrs?{question}&limit=6&offset=2");

        next.Should().NotContain("offset", "the cursor has passed what it leaves out");
        var (one, two, six) = (await RowsAsync(first), await RowsAsync(second), await RowsAsync(both));
        one.Concat(two).Should().Equal(six).And.HaveCount(6);
    }

    [Fact]
    public async Task Link_is_there_exactly_when_a_page_is_complete_before_its_headers_and_something_is_left()
    {
        var account = sandbox.Sandbox.Account;
        var all = await sandbox.Replica.ScalarAsync<long>($"SELECT count(*) FROM cdrs WHERE i_account = {account}");
        all.Should().BeGreaterThan(2000);

        foreach (var (limit, offset, isThere) in new[] { (500, 0L, true), (501, 0L, false), (10, all - 11, true), (10, all - 10, false), (10, all + 5, false) })
        {
            using var response = await GetAsync($"/accounts/{account}/cdrs?type=all&fields=i_cdr&limit={limit}&offset={offset}");

            (Link(response) is not null).Should().Be(isThere, "limit {0} after {1} of {2}", limit, offset, all);
        }
    }

    private static string? Link(HttpResponseMessage response) =>
        response.Headers.TryGetValues("Link", out var link) ? link.Single().TrimStart('<').Replace(">; rel=\"next\"", "", StringComparison.Ordinal) : null;

    private static async Task<List<string>> RowsAsync(HttpResponseMessage response)
    {
        var body = await response.Content.ReadAsStringAsync();
        return response.Content.Headers.ContentType!.MediaType switch
        {
            Json => [.. JsonDocument.Parse(body).RootElement.GetProperty("data").EnumerateArray().Select(Rows.ToText)],
            NdJson => [.. body.Split('\n').SkipLast(1)],
            _ => [.. CsvReader.Read(body).Skip(1).Select(cells => string.Join('|', cells))],
        };
    }

    private Task<HttpResponseMessage> GetAsync(string path, string? accept = null) =>
        sandbox.All.SendAsync(path, headers: accept is null ? null : new Dictionary<string, string> { ["Accept"] = accept });
}
