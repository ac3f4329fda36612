using System.Net;
using System.Net.Sockets;
using System.Text;

namespace CdrApi.Tests.Http;

/// <summary>What browsers are told, and what a client may not do.</summary>
public sealed class HardeningTests(TestSandbox sandbox)
{
    private const string Portal = "https://portal.example.com";

    [Theory]
    [InlineData("/cdrs?limit=1", 200)]
    [InlineData("/cdrs?limit=1&format=csv", 200)]
    [InlineData("/cdrs?limit=x", 400)]
    [InlineData("/cdrs/0", 404)]
    [InlineData("/nowhere", 404)]
    [InlineData("/health", 200)]
    [InlineData("/openapi/v1.json", 200)]
    public async Task An_answer_runs_nothing_in_a_browser_and_is_kept_nowhere(string path, int status)
    {
        using var http = new HttpClient { BaseAddress = sandbox.Api.Url };
        http.DefaultRequestHeaders.Add("X-API-Key", sandbox.Sandbox.ApiKey);

        using var response = await http.GetAsync(path);

        ((int)response.StatusCode).Should().Be(status);
        response.Headers.GetValues("Content-Security-Policy").Single().Should().StartWith("default-src 'none'").And.NotContain("unsafe");
        response.Headers.GetValues("X-Content-Type-Options").Should().Equal("nosniff");
        response.Headers.CacheControl!.NoStore.Should().BeTrue();
        response.Headers.Contains("Server").Should().BeFalse();
        response.Headers.Contains("Access-Control-Allow-Origin").Should().BeFalse();
    }

    [Fact]
    public async Task Swagger_UI_may_run_its_own_scripts_only_and_stands_in_no_frame()
    {
        using var http = new HttpClient { BaseAddress = sandbox.Api.Url };

        using var response = await http.GetAsync("/swagger/index.html");

        var policy = response.Headers.GetValues("Content-Security-Policy").Single().Split("; ");
        policy.Should().Contain(["default-src 'none'", "script-src 'self'", "connect-src 'self'", "frame-ancestors 'none'"]);
        response.Headers.Contains("Server").Should().BeFalse();
    }

    [Theory]
    [InlineData(Portal, true)]
    [InlineData("https://portal.example.com.attacker.example", false)]
    [InlineData("http://portal.example.com", false)]
    [InlineData("https://PORTAL.example.com:444", false)]
    [InlineData("null", false)]
    public async Task Only_pages_of_named_origins_may_call(string origin, bool allowed)
    {
        await using var api = await sandbox.Sandbox.StartApiAsync(new Dictionary<string, string?> { ["Security__CorsOrigins__0"] = Portal });
        using var http = new HttpClient { BaseAddress = api.Url };
        using var preflight = new HttpRequestMessage(HttpMethod.Options, "/cdrs");
        preflight.Headers.Add("Origin", origin);
        preflight.Headers.Add("Access-Control-Request-Method", "GET");
        preflight.Headers.Add("Access-Control-Request-Headers", "authorization");

        using var before = await http.SendAsync(preflight);
        using var request = new HttpRequestMessage(HttpMethod.Get, "/cdrs?limit=1");
        request.Headers.Add("Origin", origin);
        request.Headers.Add("X-API-Key", sandbox.Sandbox.ApiKey);
        using var after = await http.SendAsync(request);

        string[] expected = allowed ? [origin] : [];
        Values(before, "Access-Control-Allow-Origin").Should().Equal(expected);
        Values(after, "Access-Control-Allow-Origin").Should().Equal(expected);
        Values(after, "Access-Control-Allow-Credentials").Should().BeEmpty();
        if (allowed)
        {
            Values(before, "Access-Control-Allow-Headers").Should().Equal("X-API-Key,Authorization,Content-Type");
            string.Join(',', Values(after, "Access-Control-Expose-Headers")).Should().Contain("CDR-As-Of").And.Contain("Link").And.Contain("Retry-After");
        }
    }

    [Fact]
    public async Task A_client_that_never_ends_its_headers_is_let_go()
    {
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, sandbox.Api.Url.Port);
        var stream = client.GetStream();
        await stream.WriteAsync("GET /cdrs HTTP/1.1\r\nHost: localhost\r\nX-Slow: "u8.ToArray());

        // 10 s, in which no byte comes.
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(25));
        var answer = await new StreamReader(stream, Encoding.ASCII).ReadToEndAsync(limit.Token);

        answer.Should().StartWith("HTTP/1.1 408 ");
    }

    [Fact]
    public async Task A_client_that_sends_its_body_too_slowly_is_refused()
    {
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, sandbox.Api.Url.Port);
        var stream = client.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes("POST /cdrs/batch HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
            + $"X-API-Key: {sandbox.Sandbox.ApiKey}\r\nContent-Length: 1000\r\n\r\n{{"));

        // 5 s are its own, then 240 bytes a second are too few.
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(25));
        var answer = await new StreamReader(stream, Encoding.ASCII).ReadToEndAsync(limit.Token);

        answer.Should().StartWith("HTTP/1.1 408 ").And.Contain("\"status\":408");
    }

    [Theory]
    [InlineData("Limits__MinRequestRate", "-1", "Limits:MinRequestRate must be 0 to 1,000,000 bytes a second.")]
    [InlineData("Limits__MinResponseRate", "1000001", "Limits:MinResponseRate must be 0 to 1,000,000 bytes a second.")]
    [InlineData("Limits__SendTimeout", "0", "Limits:SendTimeout must be 1 second to 1 hour.")]
    [InlineData("Limits__SendTimeout", "soon", "Limits:SendTimeout")]
    [InlineData("Shutdown__Grace", "-1", "Shutdown:Grace must be 0 to 15 minutes.")]
    public async Task A_limit_out_of_range_is_refused_at_start(string name, string value, string complaint)
    {
        var starting = () => sandbox.Sandbox.StartApiAsync(new Dictionary<string, string?> { [name] = value });

        (await starting.Should().ThrowAsync<CdrSandbox.SandboxException>()).Which.Message.Should().Contain("The configuration cannot be used.").And.Contain(complaint).And.NotContain("   at ");
    }

    [Fact]
    public async Task A_failure_shows_no_stack_in_development_either()
    {
        await sandbox.Primary.CreateCommand("CREATE VIEW failing_cdrs AS SELECT *, 1 / (result - result) AS failing FROM cdrs; "
            + "GRANT SELECT ON failing_cdrs TO cdr_reader").ExecuteNonQueryAsync();
        try
        {
            await Eventually.BecomesTrueAsync(async () => await sandbox.Replica.ScalarAsync<bool>("SELECT to_regclass('failing_cdrs') IS NOT NULL"));
            await using var api = await sandbox.Sandbox.StartApiAsync(new Dictionary<string, string?>
            {
                ["ASPNETCORE_ENVIRONMENT"] = "Development",
                ["Source__Cdrs"] = "failing_cdrs",
                ["Source__Columns__result"] = "failing",
            });

            using var response = await new ApiCaller(api.Url, sandbox.Sandbox.ApiKey).SendAsync("/cdrs?limit=1");

            response.StatusCode.Should().Be(HttpStatusCode.InternalServerError);
            (await response.Content.ReadAsStringAsync()).Should().NotContain("division").And.NotContain("   at ").And.NotContain("Exception");
            response.Headers.GetValues("X-Content-Type-Options").Should().Equal("nosniff");
        }
        finally
        {
            await sandbox.Primary.CreateCommand("DROP VIEW failing_cdrs").ExecuteNonQueryAsync();
        }
    }

    private static IEnumerable<string> Values(HttpResponseMessage response, string name) =>
        response.Headers.TryGetValues(name, out var values) ? values : [];
}
