namespace CdrApi.Tests.Deploy;

/// <summary>What nginx writes down.</summary>
public sealed class NginxLogTests
{
    private const string Number = "33612345678";
    private const string Key = "cdr_tests_0123456789abcdefghijklmnopqrstuvwxyzABCDEFG";

    [Fact]
    public async Task No_log_holds_a_number_or_a_key_whatever_goes_wrong()
    {
        var arrived = new TaskCompletionSource();
        // It breaks off, before an answer or in the middle of it.
        await using var upstream = new RawUpstream(async (head, socket) =>
        {
            if (head.StartsWith("GET /cdrs/", StringComparison.Ordinal))
            {
                await RawUpstream.SendAsync(socket, "HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n" + new string('x', 200_000));
                await arrived.Task;
            }
        });
        await using var nginx = await NginxServer.StartAsync([upstream.Port, CdrSandbox.FreePort.Next()], site: NginxServer.PretendedAddresses,
            edits: [("rate=10r/s", "rate=1r/m"), ("client_header_timeout 10s", "client_header_timeout 1s"), ("client_body_timeout 10s", "client_body_timeout 1s"),
                ("allow all;", "allow 192.0.2.30;")]);
        var query = $"cli={Number}&key={Key}";
        var header = $"X-API-Key: {Key}";
        string[] requests =
        [
            $"GET /cdrs?{query} HTTP/1.1\r\nHost: localhost\r\n{header}\r\n\r\n",
            $"GET /accounts/{Number}/cdrs?{query} HTTP/1.1\r\nHost: localhost\r\n\r\n",
            $"GET /{Key}/{Number} HTTP/1.1\r\nHost: localhost\r\n\r\n",
            $"GET /metrics?{query} HTTP/1.1\r\nHost: localhost\r\n\r\n",
            $"GET /health?{query} HTTP/1.1\r\nHost: localhost\r\nTest-Address: 198.51.100.7\r\n\r\n",
            $"GET /cdrs?{query}&{new string('a', 17_000)} HTTP/1.1\r\nHost: localhost\r\n\r\n",
            $"GET /cdrs?{query} HTTP/1.1\r\nHost: localhost\r\nA: {Number}{new string('a', 17_000)}\r\n\r\n",
            $"GET /cdrs?{query} HTTP/1.1\r\nHost: {Number}.example.com\r\n\r\n",
            $"GET /cdrs?{query} HTTP/1.1\r\nHost: localhost\r\nHost: {Number}\r\n\r\n",
            $"GET /cdrs?{query} HTTP/1.0\r\nHost: localhost\r\n{header}\r\n\r\n",
            $"{Number} /cdrs?{query}\r\n\r\n",
            $"TRACE /cdrs?{query} HTTP/1.1\r\nHost: localhost\r\n{header}\r\n\r\n",
            $"POST /cdrs/batch?{query} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2000000\r\n\r\n{Number}",
            $"POST /cdrs/batch?{query} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n{Number}",
            $"GET /cdrs?{query} HTTP/1.1\r\nHost: localhost\r\n{header}",
        ];
        var answers = await Task.WhenAll(requests.Select(AskAsync));
        using var http = nginx.CreateClient("2.0");
        http.DefaultRequestHeaders.Add("X-API-Key", Key);
        http.DefaultRequestHeaders.Add("Test-Address", "198.51.100.9");
        using var cutOff = await http.GetAsync($"/cdrs/{Number}?{query}", HttpCompletionOption.ResponseHeadersRead);
        arrived.SetResult();
        var reading = async () => await cutOff.Content.ReadAsByteArrayAsync();
        await reading.Should().ThrowAsync<HttpRequestException>();
        var refused = await Task.WhenAll(Enumerable.Range(0, 30).Select(_ => http.GetAsync($"/nowhere/{Number}?{query}")));

        await Eventually.BecomesTrueAsync(() => Task.FromResult(nginx.ReadAccessLog().Count == requests.Length + 1 + refused.Length));
        var log = nginx.ReadAccessLog();
        log.Select(l => l.GetProperty("status").GetInt32()).Distinct().Should().BeEquivalentTo([200, 400, 403, 404, 405, 408, 413, 414, 421, 429, 431, 502, 505]);
        log.Select(l => l.GetProperty("route").GetString()).Distinct().Should().BeEquivalentTo(
            "/cdrs", "/cdrs/{i_cdr}", "/accounts/{i_account}/cdrs", "/cdrs/batch", "/metrics", "/health", "(none)");
        log.Should().OnlyContain(l => l.GetProperty("trace").GetString()!.Length == 32);
        nginx.ReadLogs().Should().NotContain(Number).And.NotContain(Key).And.NotContain("cli=");
        string.Join('\n', answers).Should().NotContain(Key[..20] + "&").And.NotContain("cli=");

        async Task<string> AskAsync(string request)
        {
            using var raw = await RawHttp.ConnectAsync(nginx.Url);
            await raw.SendTextAsync(request.EndsWith("\r\n\r\n", StringComparison.Ordinal) ? request.Replace("HTTP/1.1\r\n", "HTTP/1.1\r\nConnection: close\r\n", StringComparison.Ordinal) : request);
            return await raw.ReceiveRestAsync();
        }
    }
}
