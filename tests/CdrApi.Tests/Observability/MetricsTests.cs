using System.Globalization;
using System.Net;
using System.Text.RegularExpressions;
using CdrSandbox;

namespace CdrApi.Tests.Observability;

public sealed partial class MetricsTests(TestSandbox sandbox)
{
    /// <summary>Prometheus sees no increase in a series that begins with its first event.</summary>
    [Fact]
    public async Task Counters_that_alerts_read_begin_with_the_process()
    {
        await using var api = await sandbox.Sandbox.StartApiAsync();

        var metrics = await ReadAsync(api);

        metrics.Where(m => m.Key.StartsWith("cdrapi_answers_total", StringComparison.Ordinal) || m.Key.StartsWith("cdrapi_requests_total", StringComparison.Ordinal)
            || m.Key.StartsWith("cdrapi_lane_refused_total", StringComparison.Ordinal)).Should().HaveCount(3 + 5 + 3).And.OnlyContain(m => m.Value == 0);
        metrics["process_start_time_seconds"].Should().BeApproximately(TimeProvider.System.GetUtcNow().ToUnixTimeSeconds(), 120);
    }

    [Fact]
    public async Task What_was_answered_is_counted()
    {
        await using var api = await sandbox.Sandbox.StartApiAsync();
        var caller = new ApiCaller(api.Url, sandbox.Sandbox.ApiKey);
        using var answer = await caller.SendAsync("/cdrs?limit=12000&type=all");
        var body = (await answer.Content.ReadAsByteArrayAsync()).Length;
        answer.Headers.GetValues("Server-Timing").Single().Should().MatchRegex(@"^read;dur=\d+(\.\d)?$");
        await caller.GetAsync("/cdrs?limit=0", HttpStatusCode.BadRequest);

        var metrics = await ReadAsync(api);

        metrics["cdrapi_rows_total"].Should().Be(12_000);
        metrics["cdrapi_bytes_total"].Should().Be(body);
        metrics["""cdrapi_answers_total{outcome="complete"}"""].Should().Be(1);
        metrics["""cdrapi_requests_total{outcome="complete"}"""].Should().Be(1);
        metrics["""cdrapi_requests_total{outcome="refused"}"""].Should().Be(1, "what supervisors and Prometheus ask is no request for data");
        metrics["cdrapi_slices_total"].Should().Be(4, "of 500, 5000, 5000 and 1500 rows");
        var standby = sandbox.Sandbox.Standbys[0].Address;
        metrics[$$"""cdrapi_replica_in_rotation{replica="{{standby.Host}}:{{standby.Port}}"}"""].Should().Be(1);
        metrics[$$"""cdrapi_replica_streaming{replica="{{standby.Host}}:{{standby.Port}}"}"""].Should().Be(1);
        metrics[$$"""cdrapi_replica_lag_seconds{replica="{{standby.Host}}:{{standby.Port}}"}"""].Should().BeInRange(0, 60);
        metrics["cdrapi_lane_bulk_connections"].Should().Be(0);
        metrics.Keys.Should().Contain(k => k.StartsWith("http_server_request_duration_seconds_count", StringComparison.Ordinal) && k.Contains("http_route=\"/cdrs\"", StringComparison.Ordinal));
        metrics.Keys.Should().Contain(k => k.StartsWith("dotnet_", StringComparison.Ordinal)).And.Contain(k => k.StartsWith("db_client_", StringComparison.Ordinal));
        string.Join('\n', metrics.Keys).Should().NotContain("Password").And.NotContain("/accounts/14");
    }

    [Fact]
    public async Task Retries_and_clients_that_leave_are_counted()
    {
        await using var api = await sandbox.Sandbox.StartApiAsync();
        var caller = new ApiCaller(api.Url, sandbox.Sandbox.ApiKey, smallReceiveBuffer: true);
        (await caller.SendAsync("/cdrs?limit=1000000&type=all&fields=all", streamed: true)).Dispose();
        Task asking;
        await using (await HeldQueries.BeginAsync(sandbox))
        {
            asking = caller.GetAsync("/cdrs?limit=5");
            await Eventually.BecomesTrueAsync(async () =>
                await sandbox.Replica.ScalarAsync<long>("SELECT count(pg_terminate_backend(pid)) " + HeldQueries.Waiting) == 1);
        }

        await asking;
        await Eventually.BecomesTrueAsync(async () => (await ReadAsync(api)).GetValueOrDefault("""cdrapi_answers_total{outcome="client left"}""") == 1);
        (await ReadAsync(api)).Should().Contain(m => m.Key.StartsWith("cdrapi_retries_total", StringComparison.Ordinal) && m.Value >= 1);
        await sandbox.RecoverAsync();
    }

    [Fact]
    public async Task Metrics_are_for_this_machine_and_for_those_who_may()
    {
        await using var api = await sandbox.Sandbox.StartApiAsync(new Dictionary<string, string?> { ["Security__ApiKeys__1__Scopes__1"] = "ops:read" });
        var forwarded = new Dictionary<string, string> { ["X-Forwarded-For"] = "192.0.2.7" };
        async Task<HttpStatusCode> StatusAsync(string? key, Dictionary<string, string>? headers)
        {
            // No part of the API's document.
            using var http = new HttpClient { BaseAddress = api.Url };
            using var request = new HttpRequestMessage(HttpMethod.Get, "/metrics");
            foreach (var (name, value) in headers ?? [])
            {
                request.Headers.Add(name, value);
            }

            request.Headers.Add("X-API-Key", key is null ? [] : [key]);
            using var response = await http.SendAsync(request);
            return response.StatusCode;
        }

        (await StatusAsync(null, null)).Should().Be(HttpStatusCode.OK);
        (await StatusAsync(null, forwarded)).Should().Be(HttpStatusCode.Unauthorized);
        (await StatusAsync(sandbox.Sandbox.ApiKey, forwarded)).Should().Be(HttpStatusCode.Forbidden);
        (await StatusAsync(sandbox.Sandbox.AccountKey, forwarded)).Should().Be(HttpStatusCode.OK);
    }

    /// <summary>By name and labels; what the exporter says of its own scope is no label of ours.</summary>
    private static async Task<Dictionary<string, double>> ReadAsync(ApiProcess api)
    {
        using var http = new HttpClient { BaseAddress = api.Url };
        var lines = (await http.GetStringAsync("/metrics")).Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(l => !l.StartsWith('#'));
        var metrics = new Dictionary<string, double>();
        foreach (var line in lines)
        {
            var match = Line().Match(line);
            var name = Scope().Replace(match.Groups[1].Value, "").Replace("{,", "{", StringComparison.Ordinal).Replace("{}", "", StringComparison.Ordinal);
            metrics[name] = double.Parse(match.Groups[2].Value, CultureInfo.InvariantCulture);
        }

        return metrics;
    }

    [GeneratedRegex(@"^([^ {]+(?:\{.*\})?) (\S+)")]
    private static partial Regex Line();

    [GeneratedRegex("""(?<=[{,])otel_scope_\w+="[^"]*",?""")]
    private static partial Regex Scope();
}
