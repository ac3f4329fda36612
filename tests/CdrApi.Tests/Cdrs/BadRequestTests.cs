using System.Net;
using System.Text.Json;

namespace CdrApi.Tests.Cdrs;

public sealed class BadRequestTests(TestSandbox sandbox)
{
    [Theory]
    [InlineData("limit=0", "limit")]
    [InlineData("limit=-1", "limit")]
    [InlineData("limit=1000001", "limit")]
    [InlineData("limit=99999999999999999999", "limit")]
    [InlineData("limit=ten", "limit")]
    [InlineData("limit=1.5", "limit")]
    [InlineData("limit=", "limit")]
    [InlineData("limit=1&limit=2", "limit")]
    [InlineData("start_date=yesterday", "start_date")]
    [InlineData("start_date=2026-02-30", "start_date")]
    [InlineData("start_date=2026-01-01T00:00:00.1234567Z", "start_date")]
    [InlineData("start_date=20260101", "start_date")]
    [InlineData("start_date=", "start_date")]
    [InlineData("start_date=2026-01-01&start_date=2026-01-02", "start_date")]
    [InlineData("end_date=2026-13-01", "end_date")]
    [InlineData("start_date=2026-01-02&end_date=2026-01-01", "end_date")]
    [InlineData("start_date=2026-01-01&end_date=2026-01-01", "end_date")]
    [InlineData("i_account=x", "i_account")]
    [InlineData("i_account=1,,2", "i_account")]
    [InlineData("i_account=-1", "i_account")]
    [InlineData("i_account=9223372036854775808", "i_account")]
    [InlineData("i_account=", "i_account")]
    [InlineData("type=everything", "type")]
    [InlineData("type=All", "type")]
    [InlineData("type=", "type")]
    [InlineData("order=up", "order")]
    [InlineData("order=DESC", "order")]
    [InlineData("cursor=abc", "cursor")]
    [InlineData("cursor=%00", "cursor")]
    [InlineData("cursor=AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "cursor")]
    [InlineData("fields=nothing", "fields")]
    [InlineData("fields=i_cdr,i_cdr", "fields")]
    [InlineData("fields=i_cdr,", "fields")]
    [InlineData("fields=", "fields")]
    [InlineData("fields=i_cdr&fields=cost", "fields")]
    [InlineData("colour=blue", "colour")]
    [InlineData("Limit=5", "Limit")]
    [InlineData("i_cdr=5;DROP TABLE cdrs", "i_cdr")]
    public async Task A_bad_parameter_is_named_in_a_400(string query, string parameter)
    {
        var problem = await sandbox.All.GetAsync("/cdrs?" + query, HttpStatusCode.BadRequest);

        problem.GetProperty("type").GetString().Should().Be("/problems/bad-parameters");
        problem.GetProperty("status").GetInt32().Should().Be(400);
        problem.GetProperty("instance").GetString().Should().Be("/cdrs");
        problem.GetProperty("trace_id").GetString().Should().MatchRegex("^[0-9a-f]{32}$");
        problem.GetProperty("errors").EnumerateObject().Select(e => e.Name).Should().Equal(parameter);
        problem.GetProperty("errors").GetProperty(parameter)[0].GetString().Should().NotBeNullOrWhiteSpace();
    }

    [Theory]
    [InlineData(1, 0x01, "start_date=2000-01-01")] // as if the page had ended among CDRs without a connect_time
    [InlineData(10, 0x80, "")] // a time that PostgreSQL cannot hold
    [InlineData(0, 0x02, "")]
    [InlineData(1, 0x04, "")]
    [InlineData(5, 0x01, "")]
    public async Task A_cursor_that_was_changed_is_refused(int at, byte bits, string query)
    {
        var cursor = (await sandbox.All.GetAsync($"/cdrs?limit=5&{query}".TrimEnd('&'))).GetProperty("next_cursor").GetString()!;
        var bytes = System.Buffers.Text.Base64Url.DecodeFromChars(cursor);
        bytes[at] ^= bits;

        var changed = System.Buffers.Text.Base64Url.EncodeToString(bytes);
        var problem = await sandbox.All.GetAsync($"/cdrs?cursor={changed}&limit=5&{query}".TrimEnd('&'), HttpStatusCode.BadRequest);

        problem.GetProperty("errors").EnumerateObject().Select(e => e.Name).Should().Equal("cursor");
    }

    [Fact]
    public async Task All_faults_come_in_one_answer()
    {
        var problem = await sandbox.All.GetAsync(
            "/cdrs?limit=0&start_date=x&end_date=y&type=z&order=w&fields=v&i_account=u&more=1", HttpStatusCode.BadRequest);

        problem.GetProperty("errors").EnumerateObject().Select(e => e.Name).Should().BeEquivalentTo(
            "limit", "start_date", "end_date", "type", "order", "fields", "i_account", "more");
    }

    [Theory]
    [InlineData("/accounts/x/cdrs", "i_account")]
    [InlineData("/accounts/1/cdrs?i_account=1", "i_account")]
    [InlineData("/cdrs/x", "i_cdr")]
    [InlineData("/cdrs/99999999999999999999", "i_cdr")]
    [InlineData("/cdrs/5?fields=all", "fields")]
    public async Task A_bad_path_is_a_400_too(string path, string parameter)
    {
        var problem = await sandbox.All.GetAsync(path, HttpStatusCode.BadRequest);

        problem.GetProperty("errors").TryGetProperty(parameter, out _).Should().BeTrue();
    }

    [Fact]
    public async Task More_than_a_thousand_accounts_are_refused()
    {
        var problem = await sandbox.All.GetAsync(
            "/cdrs?i_account=" + string.Join(',', Enumerable.Range(1, 1001)), HttpStatusCode.BadRequest);

        problem.GetProperty("errors").GetProperty("i_account")[0].GetString().Should().Contain("1000");
    }

    [Theory]
    [InlineData("POST", "/cdrs", 405)]
    [InlineData("DELETE", "/cdrs/1", 405)]
    [InlineData("GET", "/cdr", 404)]
    public async Task Other_methods_and_paths_get_problem_documents(string method, string path, int status)
    {
        using var response = await sandbox.All.SendAsync(path, new HttpMethod(method));

        ((int)response.StatusCode).Should().Be(status);
        response.Content.Headers.ContentType!.MediaType.Should().Be("application/problem+json");
        var problem = JsonDocument.Parse(await response.Content.ReadAsStringAsync()).RootElement;
        problem.GetProperty("status").GetInt32().Should().Be(status);
    }
}
