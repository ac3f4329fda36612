using System.Text;

namespace CdrApi.Tests.Observability;

/// <summary>What goes to a collector, byte by byte.</summary>
public sealed class TraceTests(TestSandbox sandbox)
{
    private const string TraceId = "4bf92f3577b34da6a3ce929d0e0e4736";

    [Fact]
    public async Task A_request_is_part_of_its_callers_trace_and_tells_no_account()
    {
        await using var collector = await Collector.StartAsync();
        await using var api = await sandbox.Sandbox.StartApiAsync(collector.Environment);
        var account = sandbox.Sandbox.Account;
        using var response = await new ApiCaller(api.Url, sandbox.Sandbox.ApiKey).SendAsync($"/accounts/{account}/cdrs?limit=7&cld=3361",
            headers: new Dictionary<string, string> { ["traceparent"] = $"00-{TraceId}-00f067aa0ba902b7-01" });

        var id = Encoding.Latin1.GetString(Convert.FromHexString(TraceId));
        await Eventually.BecomesTrueAsync(() => Task.FromResult(collector.Traces.Any(t => t.Contains(id, StringComparison.Ordinal) && t.Contains("/accounts/{i_account}/cdrs", StringComparison.Ordinal))));
        await Eventually.BecomesTrueAsync(() => Task.FromResult(collector.Traces.Any(t => t.Contains(id, StringComparison.Ordinal) && t.Contains("Npgsql", StringComparison.Ordinal))));
        await Eventually.BecomesTrueAsync(() => Task.FromResult(collector.Metrics.Any(m => m.Contains("cdrapi.rows", StringComparison.Ordinal))));
        string.Concat(collector.Traces).Should().Contain("cdrapi").And.NotContain($"/accounts/{account}/").And.NotContain("3361").And.NotContain(sandbox.Sandbox.ApiKey);
        api.ReadLog().Should().Contain($"\"@tr\":\"{TraceId}\"");
    }

    [Fact]
    public async Task A_download_that_is_aborted_is_an_error_though_its_status_was_200()
    {
        await using var collector = await Collector.StartAsync();
        await using var api = await sandbox.Sandbox.StartApiAsync(new Dictionary<string, string?>(collector.Environment) { ["Database__RetryBudget"] = "00:00:01" });
        using var response = await new ApiCaller(api.Url, sandbox.Sandbox.ApiKey, smallReceiveBuffer: true).SendAsync("/cdrs?limit=100000&type=all&fields=all", streamed: true);
        await using var body = await response.Content.ReadAsStreamAsync();
        var standby = sandbox.Sandbox.Standbys[0];
        await standby.KillAsync();
        try
        {
            var reading = () => body.CopyToAsync(Stream.Null);
            await reading.Should().ThrowAsync<IOException>();

            // A span's status, as OTLP writes it: the message "aborted", the code 2.
            await Eventually.BecomesTrueAsync(() => Task.FromResult(collector.Traces.Any(t => t.Contains("\u0012\u0007aborted\u0018\u0002", StringComparison.Ordinal))));
            using var http = new HttpClient { BaseAddress = api.Url };
            (await http.GetStringAsync("/metrics")).Should().MatchRegex("""(?m)^cdrapi_answers_total\{[^}]*outcome="aborted"\} 1\b""")
                .And.MatchRegex("""(?m)^cdrapi_requests_total\{[^}]*outcome="aborted"\} 1\b""", "its 200 makes it no success");
        }
        finally
        {
            await standby.StartAsync();
            await sandbox.RecoverAsync();
        }
    }
}
