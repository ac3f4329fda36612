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
    [InlineData("start_date=2026-01-01T00:00:00+01:00", "start_date")]
    [InlineData("start_date=2026-01-01+10:00", "start_date")]
    [InlineData("start_date=2026-01-01T24:00", "start_date")]
    [InlineData("start_date=2026-01-01T00:00:60Z", "start_date")]
    [InlineData("start_date=2026-01-01T00:00:00%2B24:00", "start_date")]
    [InlineData("start_date=0001-01-01T00:00%2B01:00", "start_date")]
    [InlineData("end_date=9999-12-31T23:59:59-01:00", "end_date")]
    [InlineData("tz=Etc/GMT+5", "tz")]
    [InlineData("tz=europe/paris", "tz")]
    [InlineData("tz=", "tz")]
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
    [InlineData("fields=all,cost", "fields")]
    [InlineData("fields=cursor,cursor", "fields")]
    [InlineData("fields=i_cdr,", "fields")]
    [InlineData("fields=", "fields")]
    [InlineData("fields=i_cdr&fields=cost", "fields")]
    [InlineData("colour=blue", "colour")]
    [InlineData("Limit=5", "Limit")]
    [InlineData("i_cdr=5;DROP TABLE cdrs", "i_cdr")]
    [InlineData("result=x", "result")]
    [InlineData("result=486,", "result")]
    [InlineData("result=4.5", "result")]
    [InlineData("result=9223372036854775808", "result")]
    [InlineData("result_category=failure", "result_category")]
    [InlineData("result_category=SUCCESS", "result_category")]
    [InlineData("result_category=success,", "result_category")]
    [InlineData("cli=", "cli")]
    [InlineData("cli=%20", "cli")]
    [InlineData("cli=%00", "cli")]
    [InlineData("cli=1,", "cli")]
    [InlineData("cli=%E9*", "cli")]
    [InlineData("cld=%ED%A0%80", "cld")]
    [InlineData("cld=%C3", "cld")]
    [InlineData("country=%C9GYPT", "country")]
    [InlineData("limit=%FF", "limit")]
    [InlineData("cli=+*", "cli")]
    [InlineData("cli=a+%336*", "cli")]
    [InlineData("cli=1,%20+*6", "cli")]
    [InlineData("cli=%20+*6", "cli")]
    [InlineData("cli=336*,+*", "cli")]
    [InlineData("cli=336*,\"+33\"", "cli")]
    [InlineData("prefix=+33", "prefix")]
    [InlineData("prefix=33,+44", "prefix")]
    [InlineData("cli=+33639980001", "cli")]
    [InlineData("cld=*+33639980001", "cld")]
    [InlineData("cli_translated=+1", "cli_translated")]
    [InlineData("cld_translated=x+1", "cld_translated")]
    [InlineData("call_id=", "call_id")]
    [InlineData("prefix=", "prefix")]
    [InlineData("prefix=a%00", "prefix")]
    [InlineData("prefix=\"336", "prefix")]
    [InlineData("prefix=\"336\"7", "prefix")]
    [InlineData("country=FRANCE,,JERSEY", "country")]
    [InlineData("country=ATLANTIS", "country")]
    [InlineData("country=FR", "country")]
    [InlineData("country=\"\"", "country")]
    [InlineData("protocol=SMTP", "protocol")]
    [InlineData("remote_ip=198.51.100.0/33", "remote_ip")]
    [InlineData("remote_ip=198.51.100", "remote_ip")]
    [InlineData("remote_ip=192.0.2.017", "remote_ip")]
    [InlineData("remote_ip=999.1.1.1", "remote_ip")]
    [InlineData("remote_ip=198.51.100.*", "remote_ip")]
    [InlineData("remote_ip=198.51.100.1-198.51.100.99", "remote_ip")]
    [InlineData("remote_ip=0x0a000001", "remote_ip")]
    [InlineData("remote_ip=2001:db8::/129", "remote_ip")]
    [InlineData("remote_ip=[2001:db8::1]", "remote_ip")]
    [InlineData("remote_ip=fe80::1%25eth0", "remote_ip")]
    [InlineData("remote_ip=192.0.2.0/", "remote_ip")]
    [InlineData("protocol=,SIP", "protocol")]
    [InlineData("release_source=\"", "release_source")]
    [InlineData("remote_ip=", "remote_ip")]
    [InlineData("min_duration=x", "min_duration")]
    [InlineData("min_duration=1e", "min_duration")]
    [InlineData("min_duration=1e99", "min_duration")]
    [InlineData("min_duration=1e99999", "min_duration")]
    [InlineData("min_duration=.", "min_duration")]
    [InlineData("min_duration=0x1", "min_duration")]
    [InlineData("min_cost=1e-29", "min_cost")]
    [InlineData("limit=5e-1", "limit")]
    [InlineData("i_account=1.5", "i_account")]
    [InlineData("max_duration=", "max_duration")]
    [InlineData("max_duration=1,5", "max_duration")]
    [InlineData("min_cost=NaN", "min_cost")]
    [InlineData("min_cost=0.00000000000000000000000000001", "min_cost")]
    [InlineData("max_cost=1&max_cost=2", "max_cost")]
    [InlineData("max_cost=٣", "max_cost")]
    [InlineData("min_duration=2&max_duration=1", "max_duration")]
    [InlineData("min_cost=0.2&max_cost=0.1", "max_cost")]
    [InlineData("offset=-1", "offset")]
    [InlineData("offset=100001", "offset")]
    [InlineData("offset=x", "offset")]
    [InlineData("include_count=maybe", "include_count")]
    [InlineData("include_count=", "include_count")]
    [InlineData("include_count=True", "include_count")]
    [InlineData("format=xml", "format")]
    [InlineData("format=CSV", "format")]
    [InlineData("format=csv&format=json", "format")]
    [InlineData("csv=excel", "csv")]
    [InlineData("format=ndjson&csv=excel", "csv")]
    [InlineData("format=csv&csv=tabs", "csv")]
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
            "/cdrs?limit=0&start_date=x&end_date=y&type=z&order=w&fields=v&i_account=u&more=1&result=t&result_category=s&cli=&prefix=,"
            + "&min_cost=r&max_duration=q&offset=-1&include_count=p&format=o&csv=n", HttpStatusCode.BadRequest);

        problem.GetProperty("errors").EnumerateObject().Select(e => e.Name).Should().BeEquivalentTo(
            "limit", "start_date", "end_date", "type", "order", "fields", "i_account", "more", "result", "result_category", "cli", "prefix",
            "min_cost", "max_duration", "offset", "include_count", "format", "csv");
    }

    [Theory]
    [InlineData("POST", "/cdrs/batch?limit=5", "limit")]
    [InlineData("POST", "/auth/token?i_account=14", "i_account")]
    [InlineData("GET", "/auth/sessions?limit=5", "limit")]
    [InlineData("DELETE", "/auth/sessions/000000000000000000000000?all=true", "all")]
    [InlineData("GET", "/cdrs/1?fields=cost", "fields")]
    public async Task Parameters_where_none_are_read_are_a_400(string method, string path, string parameter)
    {
        using var response = await sandbox.All.SendAsync(path, HttpMethod.Parse(method),
            content: method == "POST" ? new StringContent("{\"queries\":[{}]}", System.Text.Encoding.UTF8, "application/json") : null);

        response.StatusCode.Should().Be(HttpStatusCode.BadRequest);
        JsonDocument.Parse(await response.Content.ReadAsStringAsync()).RootElement.GetProperty("errors").EnumerateObject().Select(e => e.Name).Should().Equal(parameter);
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
    public async Task Offset_cannot_stand_with_a_cursor()
    {
        var cursor = (await sandbox.All.GetAsync("/cdrs?limit=5")).GetProperty("next_cursor").GetString();

        var problem = await sandbox.All.GetAsync($"/cdrs?limit=5&offset=0&cursor={cursor}", HttpStatusCode.BadRequest);

        problem.GetProperty("errors").EnumerateObject().Select(e => e.Name).Should().Equal("offset");
    }

    [Theory]
    [InlineData("cli", 256, true)]
    [InlineData("cli", 257, false)]
    [InlineData("prefix", 256, true)]
    [InlineData("prefix", 257, false)]
    public async Task Text_may_have_256_characters(string parameter, int length, bool isGood)
    {
        using var response = await sandbox.All.SendAsync($"/cdrs?limit=1&start_date=2026-01-01&end_date=2026-01-02&{parameter}={new string('9', length)}");

        ((int)response.StatusCode).Should().Be(isGood ? 200 : 400);
    }

    [Fact]
    public async Task More_than_a_thousand_values_are_refused()
    {
        var problem = await sandbox.All.GetAsync("/cdrs?prefix=" + string.Join(',', Enumerable.Range(1, 1001)), HttpStatusCode.BadRequest);

        problem.GetProperty("errors").GetProperty("prefix")[0].GetString().Should().Contain("1000");
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
