namespace CdrApi.Tests.Http;

/// <summary>HEAD has the status and the headers of the GET, and nothing else.</summary>
public sealed class HeadTests(TestSandbox sandbox)
{
    // Of the framing of a body, or of the moment.
    private static readonly string[] Apart = ["Content-Length", "Transfer-Encoding", "Date", "RateLimit", "Server-Timing", "CDR-As-Of", "CDR-Replication-Lag"];

    [Theory]
    [InlineData("/cdrs?limit=5")]
    [InlineData("/cdrs?limit=1000000")]
    [InlineData("/cdrs?limit=5&include_count=true&offset=3")]
    [InlineData("/cdrs?limit=5&format=csv")]
    [InlineData("/cdrs?limit=5&format=ndjson")]
    [InlineData("/accounts/{account}/cdrs?limit=5")]
    [InlineData("/accounts/{account}/cdrs?limit=5&format=csv&csv=excel")]
    [InlineData("/cdrs/{cdr}")]
    [InlineData("/cdrs/stats?group_by=country")]
    [InlineData("/accounts/{account}/cdrs/stats")]
    [InlineData("/health")]
    [InlineData("/health/live")]
    [InlineData("/health/ready")]
    [InlineData("/replication-lag")]
    [InlineData("/openapi/v1.json")]
    [InlineData("/swagger/index.html")]
    [InlineData("/cdrs?limit=0")]
    [InlineData("/cdrs/stats?group_by=nothing")]
    [InlineData("/cdrs/1")]
    [InlineData("/nothing")]
    public async Task HEAD_says_what_GET_says_without_a_body(string path)
    {
        path = path.Replace("{account}", $"{sandbox.Sandbox.Account}", StringComparison.Ordinal)
            .Replace("{cdr}", $"{await sandbox.Replica.ScalarAsync<long>("SELECT max(i_cdr) FROM cdrs")}", StringComparison.Ordinal);
        var key = "X-API-Key: " + sandbox.Sandbox.ApiKey;
        using var http = await RawHttp.ConnectAsync(sandbox.Api.Url);

        await http.SendAsync($"HEAD {path} HTTP/1.1", key);
        var head = await http.ReceiveAsync(isHead: true);
        await http.SendAsync($"GET {path} HTTP/1.1", key);
        // Were there a body, this would begin in it.
        var (status, headers) = await http.ReceiveHeadAsync();

        head.Status.Should().Be(status);
        head.Headers.Where(h => !Apart.Contains(h.Key)).Should().BeEquivalentTo(headers.Where(h => !Apart.Contains(h.Key)));
        if (head.Headers.TryGetValue("Content-Length", out var length) && headers.TryGetValue("Content-Length", out var real))
        {
            length.Should().Be(real);
        }
    }

    [Fact]
    public async Task HEAD_without_a_key_is_a_401()
    {
        using var response = await sandbox.Nobody.SendAsync("/cdrs", HttpMethod.Head);

        ((int)response.StatusCode).Should().Be(401);
        response.Headers.WwwAuthenticate.Should().NotBeEmpty();
    }

    [Fact]
    public async Task HEAD_reads_no_more_than_the_first_slice()
    {
        const string Path = "/cdrs?limit=1000000&type=all&fields=all&format=csv";

        var whole = await CpuAsync(HttpMethod.Get, 1);
        var heads = await CpuAsync(HttpMethod.Head, 10);

        heads.Should().BeLessThan(whole, "ten of them cost less than one download");

        // The service's own time, however busy the machine is.
        async Task<TimeSpan> CpuAsync(HttpMethod method, int times)
        {
            sandbox.Api.Process.Refresh();
            var before = sandbox.Api.Process.TotalProcessorTime;
            for (var i = 0; i < times; i++)
            {
                using var response = await sandbox.All.SendAsync(Path, method);
                response.EnsureSuccessStatusCode();
            }

            sandbox.Api.Process.Refresh();
            return sandbox.Api.Process.TotalProcessorTime - before;
        }
    }
}
