using System.Net;
using System.Net.Http.Headers;
using System.Text.RegularExpressions;

namespace CdrApi.Tests.Deploy;

/// <summary>What nginx refuses itself, and that those whom it does not mean are served.</summary>
public sealed partial class NginxLimitTests(TestSandbox sandbox)
{
    [Fact]
    public async Task The_eleventh_request_at_once_is_refused_and_an_application_server_is_not()
    {
        // Nothing is given back during the test; how fast it is, the next test looks at.
        await using var nginx = await NginxServer.StartAsync([sandbox.Api.Url.Port], exempt: ["192.0.2.20"], site: NginxServer.PretendedAddresses, edits: ("rate=10r/s", "rate=1r/m"));
        using var http = nginx.CreateClient("2.0");

        await MustPassAsync(10, "198.51.100.7");
        using (var eleventh = await AskAsync("198.51.100.7"))
        {
            await NginxProblem.MustBeAsync(eleventh, 429, "too-many-requests", retryAfter: "1");
        }

        // Another caller, an application server, and an IPv6 caller that changes its address within its network.
        await MustPassAsync(1, "198.51.100.8");
        await MustPassAsync(30, "192.0.2.20");
        await MustPassAsync(5, "2001:db8:1:2::1");
        await MustPassAsync(5, "2001:db8:1:2:aaaa:bbbb:cccc:dddd");
        using (var eleventh = await AskAsync("2001:db8:1:2::3"))
        {
            eleventh.StatusCode.Should().Be(HttpStatusCode.TooManyRequests);
        }

        await MustPassAsync(1, "2001:db8:1:3::1");

        async Task MustPassAsync(int requests, string address)
        {
            for (var i = 0; i < requests; i++)
            {
                using var answer = await AskAsync(address);
                answer.StatusCode.Should().Be(HttpStatusCode.OK);
            }
        }

        async Task<HttpResponseMessage> AskAsync(string address)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "/health/live") { Version = HttpVersion.Version20 };
            request.Headers.Add("Test-Address", address);
            return await http.SendAsync(request);
        }
    }

    [Fact]
    public async Task Ten_requests_a_second_pass()
    {
        await using var nginx = await NginxServer.StartAsync([sandbox.Api.Url.Port]);
        using var http = nginx.CreateClient("2.0");
        var started = TimeProvider.System.GetTimestamp();
        var passed = 0;

        // The burst, and then what is given back; however long that takes, there is never more.
        await Eventually.BecomesTrueAsync(async () =>
        {
            var answers = await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => http.GetAsync("/health/live")));
            passed += answers.Count(a => a.StatusCode == HttpStatusCode.OK);
            var seconds = TimeProvider.System.GetElapsedTime(started).TotalSeconds;
            passed.Should().BeLessThanOrEqualTo(11 + (int)(10 * seconds));
            return passed >= 25;
        });
    }

    [Fact]
    public async Task The_fifty_first_connection_of_an_address_is_refused()
    {
        var enough = new TaskCompletionSource();
        await using var upstream = new RawUpstream(async (_, socket) =>
        {
            await enough.Task;
            await RawUpstream.AnswerAsync(socket);
        });
        await using var nginx = await NginxServer.StartAsync([upstream.Port], edits: [("rate=10r/s", "rate=1000r/s"), ("burst=9 ", "burst=1000 ")]);
        using var http = nginx.CreateClient();
        try
        {
            var held = Enumerable.Range(0, 50).Select(_ => http.GetAsync("/cdrs")).ToList();
            await Eventually.BecomesTrueAsync(() => Task.FromResult(upstream.Heads.Count == 50));

            using var further = await http.GetAsync("/cdrs");

            await NginxProblem.MustBeAsync(further, 429, "too-many-requests", retryAfter: "1");
            enough.SetResult();
            (await Task.WhenAll(held)).Should().OnlyContain(answer => answer.StatusCode == HttpStatusCode.OK);
        }
        finally
        {
            enough.TrySetResult();
        }
    }

    public static TheoryData<string, int, string> Refused => new()
    {
        { Get("/" + Letters(17_000)), 414, "bad-request" },
        { Get("/cdrs?cli=336", "X-Long: " + Letters(17_000)), 431, "bad-request" },
        { Get("/cdrs?cli=336", "A: " + Letters(12_000), "B: " + Letters(12_000), "C: " + Letters(12_000)), 431, "bad-request" },
        { "POST /cdrs/batch HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1048577\r\n\r\n", 413, "too-large" },
        { "TRACE /cdrs HTTP/1.1\r\nHost: localhost\r\n\r\n", 405, "method-not-allowed" },
        { "no request\r\n\r\n", 400, "bad-request" },
        { Get("/cdrs", "Host: localhost"), 400, "bad-request" },
        { "POST /cdrs/batch HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400, "bad-request" },
        { "GET /cdrs HTTP/1.1\r\nHost: www.example.com\r\n\r\n", 421, "bad-request" },
        { "GET /cdrs HTTP/1.0\r\nHost: localhost\r\n\r\n", 505, "bad-request" },
        { "GET /metrics/%22,%22status%22:\"\\ HTTP/1.1\r\nHost: localhost\r\n\r\n", 404, "not-found" },
    };

    [Theory]
    [MemberData(nameof(Refused))]
    public async Task What_is_too_much_or_no_HTTP_gets_a_problem_document(string request, int status, string slug)
    {
        await using var nginx = await NginxServer.StartAsync([sandbox.Api.Url.Port]);
        using var http = await RawHttp.ConnectAsync(nginx.Url);

        await http.SendTextAsync(request);
        var answer = await http.ReceiveAsync();

        answer.Status.Should().StartWith($"HTTP/1.1 {status} ");
        answer.Headers["Content-Type"].Should().Be("application/problem+json");
        answer.Headers["Strict-Transport-Security"].Should().Be("max-age=63072000");
        answer.Headers.ContainsKey("Allow").Should().Be(status == 405);
        NginxProblem.MustBe(answer.Body, status, slug);
    }

    [Theory]
    [InlineData("--http1.1")]
    [InlineData("--http2")]
    public async Task The_longest_address_is_the_service_s_own(string version)
    {
        await using var nginx = await NginxServer.StartAsync([sandbox.Api.Url.Port]);
        // curl packs headers in HTTP/2, as browsers do: unpacked, they are too much for the connection itself.
        Task<string> AskAsync(int length) => Tool.MustAsync("curl", "curl", "-s", version, "--cacert", nginx.CaFile, new Uri(nginx.Url, "/" + Letters(length - 1)).ToString());

        NginxProblem.MustBe(await AskAsync(16_340), 404, "not-found");
        NginxProblem.MustBe(await AskAsync(16_400), 414, "bad-request");
    }

    [Theory]
    [InlineData("1.1", 1024 * 1024, 401, "unauthorized")]
    [InlineData("1.1", (1024 * 1024) + 1, 413, "too-large")]
    [InlineData("2.0", 1024 * 1024, 401, "unauthorized")]
    [InlineData("2.0", (1024 * 1024) + 1, 413, "too-large")]
    public async Task The_largest_body_is_the_service_s_own(string version, int bytes, int status, string slug)
    {
        await using var nginx = await NginxServer.StartAsync([sandbox.Api.Url.Port]);
        using var http = nginx.CreateClient(version);
        using var body = new ByteArrayContent(new byte[bytes]) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } };

        using var answer = await http.PostAsync("/cdrs/batch", body);

        await NginxProblem.MustBeAsync(answer, status, slug);
    }

    [Fact]
    public async Task Each_refusal_has_a_place_in_the_documentation()
    {
        var documented = DocsExample.Read("errors.md");
        var texts = await File.ReadAllTextAsync(Path.Combine(NginxServer.Deployed, "cdrapi/maps.conf"));

        var types = Type().Matches(texts).Select(m => (Slug: m.Groups[1].Value, Status: m.Groups[2].Value)).ToList();

        types.Should().HaveCountGreaterThan(10);
        foreach (var (slug, status) in types)
        {
            documented.Should().Contain($"\n## {slug}\n").And.MatchRegex($"\\n\\| [0-9, ]*{status}[0-9, ]* \\| `{slug}` \\|");
        }
    }

    [Fact]
    public async Task Who_sends_a_key_in_clear_is_told_to_replace_it()
    {
        await using var nginx = await NginxServer.StartAsync([1]);
        using var http = await RawHttp.ConnectAsync(new UriBuilder(nginx.Url) { Scheme = "http" }.Uri);

        await http.SendAsync("GET /cdrs HTTP/1.1");
        var answer = await http.ReceiveAsync();

        answer.Status.Should().StartWith("HTTP/1.1 400 ");
        NginxProblem.MustBe(answer.Body, 400, "bad-request");
        answer.Body.Should().Contain("replace it");
    }

    [Theory]
    [InlineData("GET /cdrs HTTP/1.1\r\nHost: localhost\r\nX-Slow: ")]
    [InlineData("POST /cdrs/batch HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n{")]
    public async Task A_client_that_does_not_go_on_is_let_go(string beginning)
    {
        // 10 s in the file.
        await using var nginx = await NginxServer.StartAsync([sandbox.Api.Url.Port], edits: [("client_header_timeout 10s", "client_header_timeout 1s"), ("client_body_timeout 10s", "client_body_timeout 1s")]);
        using var http = await RawHttp.ConnectAsync(nginx.Url);
        await http.SendTextAsync(beginning);

        (await http.ReceiveRestAsync()).Should().BeEmpty();

        await Eventually.BecomesTrueAsync(() => Task.FromResult(nginx.ReadAccessLog() is [var line] && line.GetProperty("status").GetInt32() == 408));
    }

    [Fact]
    public async Task Slow_clients_do_not_stop_others()
    {
        // Skips where there is none.
        await Tool.RunAsync("slowhttptest", "slowhttptest", "-h");
        // They are spared the limit of an address: 450 connections, which send their headers or bodies, or read, as slowly as they can. And nobody is
        // refused for want of a server's name, which slowhttptest does not send.
        await using var nginx = await NginxServer.StartAsync([sandbox.Api.Url.Port], exempt: NginxServer.Everybody,
            edits: ("ssl_reject_handshake on;", "ssl_certificate /etc/cdrapi/tls/fullchain.pem; ssl_certificate_key /etc/cdrapi/tls/privkey.pem;"));
        using var http = nginx.CreateClient("2.0", from: "127.0.0.2");
        http.DefaultRequestHeaders.Add("X-API-Key", sandbox.Sandbox.ApiKey);
        var expected = await DataAsync();
        string[] usual = ["-c", "150", "-r", "150", "-l", "8", "-p", "3"];
        string[] reader = ["-X", "-w", "10", "-y", "20", "-n", "5", "-z", "32", "-k", "3", "-u", new Uri(nginx.Url, "/swagger/swagger-ui-bundle.js").ToString()];
        string[] sender = ["-i", "2", "-u", new Uri(nginx.Url, "/cdrs/batch").ToString()];
        var attacks = new[] { ["-H", .. sender], ["-B", "-s", "100000", .. sender], reader }
            .Select(options => Tool.RunAsync("slowhttptest", "slowhttptest", [.. usual, .. options])).ToList();
        var answered = 0;

        while (!attacks.TrueForAll(a => a.IsCompleted))
        {
            (await DataAsync()).Should().Be(expected);
            answered++;
            // As fast as an address may.
            await Task.Delay(TimeSpan.FromMilliseconds(120));
        }

        answered.Should().BeGreaterThan(10);
        foreach (var attack in attacks)
        {
            // It was under way for as long as it should.
            Colours().Replace((await attack).Output, "").Should().Contain("Hit test time limit").And.MatchRegex("connected: +[1-9]");
        }

        async Task<string> DataAsync()
        {
            using var answer = await http.GetAsync("/cdrs?type=all&limit=100&format=ndjson");
            answer.StatusCode.Should().Be(HttpStatusCode.OK);
            return await answer.Content.ReadAsStringAsync();
        }
    }

    private static string Get(string path, params string[] headers) => string.Join("\r\n", [$"GET {path} HTTP/1.1", "Host: localhost", .. headers]) + "\r\n\r\n";

    [GeneratedRegex(@"\e\[[0-9;]*[A-Za-z]")]
    private static partial Regex Colours();

    [GeneratedRegex("/problems/([a-z-]+)\",.*\"status\":([0-9]+)")]
    private static partial Regex Type();

    private static string Letters(int count) => new('a', count);
}
