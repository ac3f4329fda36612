using System.Net;

namespace CdrApi.Tests.Cdrs;

/// <summary>How NDJSON and CSV end: with a last chunk and trailers when they are complete, without either when they are not.</summary>
public sealed class TrailerTests(TestSandbox sandbox)
{
    private const string Busy = "SELECT count(*) FROM pg_stat_activity WHERE usename = 'cdr_reader' AND application_name = 'CdrApi' "
        + "AND (state <> 'idle' OR state_change > clock_timestamp() - interval '500 ms')";

    private string Key => "X-API-Key: " + sandbox.Sandbox.ApiKey;

    [Theory]
    [InlineData("ndjson", "identity")]
    [InlineData("csv", "identity")]
    [InlineData("csv", "gzip")]
    [InlineData("ndjson", "br")]
    public async Task Trailers_follow_the_last_chunk_over_HTTP_1_1(string format, string encoding)
    {
        var cursor = (await sandbox.All.GetAsync("/cdrs?limit=700")).GetProperty("next_cursor").GetString();
        using var http = await RawHttp.ConnectAsync(sandbox.Api.Url);

        await http.SendAsync($"GET /cdrs?limit=700&format={format} HTTP/1.1", Key, "Accept-Encoding: " + encoding);
        var answer = await http.ReceiveAsync();

        answer.Status.Should().Be("HTTP/1.1 200 OK");
        answer.Headers["Trailer"].Split(',', StringSplitOptions.TrimEntries).Should().BeEquivalentTo("CDR-Count", "CDR-Next-Cursor");
        answer.Headers.GetValueOrDefault("Content-Encoding", "identity").Should().Be(encoding);
        answer.Trailers.Should().HaveCount(2);
        answer.Trailers["CDR-Count"].Should().Be("700");
        answer.Trailers["CDR-Next-Cursor"].Should().Be(cursor);
    }

    [Theory]
    [InlineData("ndjson", "")]
    [InlineData("csv", "i_cdr\r\n")]
    public async Task An_answer_without_CDRs_has_its_count_and_no_cursor(string format, string body)
    {
        using var http = await RawHttp.ConnectAsync(sandbox.Api.Url);

        await http.SendAsync($"GET /accounts/999999999/cdrs?format={format}&fields=i_cdr HTTP/1.1", Key);
        var answer = await http.ReceiveAsync();

        answer.Body.Should().Be(body);
        answer.Trailers.Should().Equal(new Dictionary<string, string> { ["CDR-Count"] = "0" });
    }

    [Fact]
    public async Task JSON_says_all_of_it_in_its_body()
    {
        using var http = await RawHttp.ConnectAsync(sandbox.Api.Url);

        await http.SendAsync("GET /cdrs?limit=700 HTTP/1.1", Key);
        var answer = await http.ReceiveAsync();

        answer.Headers.Keys.Should().NotContain("Trailer");
        answer.Trailers.Should().BeEmpty();
        answer.Body.Should().Contain("\"count\":700");
    }

    [Theory]
    [InlineData("ndjson", "Connection: close")]
    [InlineData("csv", "Connection: close")]
    [InlineData("csv", "Connection: keep-alive")]
    public async Task A_caller_of_HTTP_1_0_gets_the_same_body_without_chunks_or_trailers(string format, string connection)
    {
        using var newer = await RawHttp.ConnectAsync(sandbox.Api.Url);
        await newer.SendAsync($"GET /cdrs?limit=700&format={format} HTTP/1.1", Key);
        using var older = await RawHttp.ConnectAsync(sandbox.Api.Url);

        await older.SendAsync($"GET /cdrs?limit=700&format={format} HTTP/1.0", Key, connection);
        var answer = await older.ReceiveAsync();

        answer.Status.Should().EndWith(" 200 OK");
        answer.Headers.Keys.Should().NotContain(["Trailer", "Transfer-Encoding"]);
        answer.Body.Should().Be((await newer.ReceiveAsync()).Body);
    }

    [Fact]
    public async Task Requests_follow_one_another_on_a_connection_also_before_the_first_is_answered()
    {
        using var http = await RawHttp.ConnectAsync(sandbox.Api.Url);
        string[] formats = ["csv", "ndjson", "json", "csv"];
        foreach (var format in formats)
        {
            await http.SendAsync($"GET /cdrs?limit=700&fields=i_cdr&format={format} HTTP/1.1", Key);
        }

        foreach (var format in formats)
        {
            var answer = await http.ReceiveAsync();

            answer.Status.Should().Be("HTTP/1.1 200 OK");
            answer.Headers["Content-Type"].Should().Contain(format);
            answer.Trailers.ContainsKey("CDR-Count").Should().Be(format != "json");
        }

        await http.SendAsync("GET /cdrs?limit=1&format=csv HTTP/1.1", Key, "Connection: close");
        (await http.ReceiveAsync()).Trailers["CDR-Count"].Should().Be("1");
        (await http.ReceiveRestAsync()).Should().BeEmpty();
    }

    [Fact]
    public async Task A_refusal_of_CSV_has_no_trailers_and_keeps_the_connection()
    {
        using var http = await RawHttp.ConnectAsync(sandbox.Api.Url);

        await http.SendAsync("GET /cdrs?limit=0&format=csv HTTP/1.1", Key);
        var refusal = await http.ReceiveAsync();
        await http.SendAsync("GET /health/live HTTP/1.1");

        refusal.Status.Should().StartWith("HTTP/1.1 400");
        refusal.Headers["Content-Type"].Should().Be("application/problem+json");
        refusal.Trailers.Should().BeEmpty();
        (await http.ReceiveAsync()).Status.Should().Be("HTTP/1.1 200 OK");
    }

    [Fact]
    public async Task HTTP_2_has_the_same_trailers()
    {
        await using var api = await sandbox.Sandbox.StartApiAsync(
            new Dictionary<string, string?> { ["Kestrel__EndpointDefaults__Protocols"] = "Http2" }, waitUntilReady: false);
        using var http = new HttpClient
        {
            BaseAddress = api.Url,
            DefaultRequestVersion = HttpVersion.Version20,
            DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        http.DefaultRequestHeaders.Add("X-API-Key", sandbox.Sandbox.ApiKey);
        await Eventually.BecomesTrueAsync(async () => (await http.GetAsync("/health/ready")).IsSuccessStatusCode);

        using var response = await http.GetAsync("/cdrs?limit=700&format=csv");

        response.Version.Should().Be(HttpVersion.Version20);
        CsvReader.Read(await response.Content.ReadAsStringAsync()).Should().HaveCount(701);
        response.TrailingHeaders.GetValues("CDR-Count").Should().Equal("700");
        response.TrailingHeaders.GetValues("CDR-Next-Cursor").Single().Should()
            .Be((await sandbox.All.GetAsync("/cdrs?limit=700")).GetProperty("next_cursor").GetString());
    }

    [Theory]
    [InlineData("csv", "identity")]
    [InlineData("ndjson", "identity")]
    [InlineData("csv", "gzip")]
    public async Task A_body_that_cannot_be_completed_has_no_last_chunk_and_no_trailers(string format, string encoding)
    {
        await using var api = await sandbox.Sandbox.StartApiAsync(new Dictionary<string, string?> { ["Database__RetryBudget"] = "00:00:00" });
        using var http = await RawHttp.ConnectAsync(api.Url);
        await http.SendAsync($"GET /cdrs?limit=1000000&type=all&fields=all&format={format} HTTP/1.1", Key, "Accept-Encoding: " + encoding);
        (await http.ReceiveHeadAsync()).Status.Should().Be("HTTP/1.1 200 OK");

        // It reads no further, so the service waits for it; then the connection is gone that the next slice would use.
        await Eventually.BecomesTrueAsync(async () => await sandbox.Replica.ScalarAsync<long>(Busy) == 0);
        var ended = await sandbox.Replica.ScalarAsync<long>(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name = 'CdrApi'");
        ended.Should().BePositive("the test is about connections that were lost");

        var received = await http.ReceiveRestAsync();
        received.Length.Should().BeGreaterThan(64 * 1024);
        received.Should().NotContain("\r\n0\r\n").And.NotContain("CDR-Count");
    }
}
