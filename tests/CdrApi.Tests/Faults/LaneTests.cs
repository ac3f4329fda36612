using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using CdrSandbox;

namespace CdrApi.Tests.Faults;

/// <summary>What large downloads leave to pages, and what clients that do not read take from others: nothing.</summary>
public sealed class LaneTests(TestSandbox sandbox)
{
    private const string Bulk = "/cdrs?limit=1000000&type=all";

    [Fact]
    public async Task Bulk_reads_never_take_the_last_connections()
    {
        // Six for queries: two of them are the pages', whatever is asked for.
        await using var api = await sandbox.Sandbox.StartApiAsync(new Dictionary<string, string?>
        {
            ["Database__MaxConnections"] = "7",
            ["Lanes__BulkConnections"] = "100",
            ["Lanes__Statements"] = "100",
            ["Lanes__Wait"] = "00:01:00",
        });
        var caller = new ApiCaller(api.Url, sandbox.Sandbox.ApiKey);
        List<Task<HttpResponseMessage>> bulk;
        List<Task<HttpResponseMessage>> pages;
        await using (await HeldQueries.BeginAsync(sandbox))
        {
            bulk = [.. new[] { Bulk, Bulk, Bulk, "/cdrs/stats", "/cdrs/stats?group_by=day", "/cdrs?limit=1&include_count=true" }.Select(path => caller.SendAsync(path))];
            await Eventually.BecomesTrueAsync(async () => await WaitingAsync() == 4);
            pages = [caller.SendAsync("/cdrs?limit=10"), caller.SendAsync("/cdrs?limit=100")];
            await Eventually.BecomesTrueAsync(async () => await WaitingAsync() == 6);
            await new ApiCaller(api.Url, null).GetAsync("/health");
        }

        (await Task.WhenAll(bulk.Concat(pages))).Should().OnlyContain(r => r.StatusCode == HttpStatusCode.OK);
        await sandbox.RecoverAsync();
    }

    [Fact]
    public async Task A_bulk_read_that_gets_no_turn_is_told_to_come_again()
    {
        await using var api = await sandbox.Sandbox.StartApiAsync(new Dictionary<string, string?> { ["Lanes__BulkConnections"] = "1", ["Lanes__Wait"] = "00:00:00.2" });
        var caller = new ApiCaller(api.Url, sandbox.Sandbox.ApiKey);
        Task<HttpResponseMessage> first;
        await using (await HeldQueries.BeginAsync(sandbox))
        {
            first = caller.SendAsync(Bulk);
            await Eventually.BecomesTrueAsync(async () => await WaitingAsync() == 1);

            using var second = await caller.SendAsync(Bulk);

            second.StatusCode.Should().Be(HttpStatusCode.ServiceUnavailable);
            second.Headers.RetryAfter.Should().NotBeNull();
            (await second.Content.ReadAsStringAsync()).Should().Contain("/problems/too-busy");
            using var http = new HttpClient { BaseAddress = api.Url };
            (await http.GetStringAsync("/metrics")).Should().MatchRegex("""(?m)^cdrapi_lane_refused_total\{[^}]*lane="bulk"\} 1\b""")
                .And.MatchRegex("""(?m)^cdrapi_requests_total\{[^}]*outcome="failed"\} 1\b""");
        }

        (await first).StatusCode.Should().Be(HttpStatusCode.OK);
        await sandbox.RecoverAsync();
    }

    [Fact]
    public async Task Two_hundred_clients_that_do_not_read_harm_nobody()
    {
        await using var api = await sandbox.Sandbox.StartApiAsync();
        var caller = new ApiCaller(api.Url, sandbox.Sandbox.ApiKey);
        var whole = await caller.GetRowsAsync(Bulk + "&fields=i_cdr");
        var stalled = new List<TcpClient>();
        try
        {
            for (var i = 0; i < 200; i++)
            {
                stalled.Add(await StallAsync(api));
            }

            await Eventually.BecomesTrueAsync(async () => await sandbox.Replica.ScalarAsync<long>(
                "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'CdrApi' AND state <> 'idle'") == 0);
            (await caller.GetRowsAsync("/cdrs?limit=100")).Should().HaveCount(100);
            (await caller.GetRowsAsync(Bulk + "&fields=i_cdr")).Should().Equal(whole);
            (await caller.GetAsync("/cdrs/stats?type=all")).GetProperty("totals").GetProperty("calls").GetInt64().Should().Be(whole.Count);
            (await new ApiCaller(api.Url, null).GetAsync("/health")).GetProperty("status").GetString().Should().Be("pass");
            api.Process.Refresh();
            (api.Process.WorkingSet64 / stalled.Count).Should().BeLessThan(8_000_000, "each holds two slices at most");
        }
        finally
        {
            stalled.ForEach(s => s.Dispose());
        }

        // Their work ends, and what they held is free again.
        await Eventually.BecomesTrueAsync(() => Task.FromResult(api.ReadLog().Split("\"client left\"").Length - 1 == stalled.Count));
    }

    [Fact]
    public async Task A_reader_at_a_kilobyte_a_second_is_served_to_the_end_and_holds_no_connection()
    {
        await using var api = await sandbox.Sandbox.StartApiAsync();
        var caller = new ApiCaller(api.Url, sandbox.Sandbox.ApiKey);
        var whole = await caller.GetRowsAsync(Bulk + "&fields=all");
        api.Process.Refresh();
        var before = api.Process.WorkingSet64;
        using var response = await new ApiCaller(api.Url, sandbox.Sandbox.ApiKey, smallReceiveBuffer: true).SendAsync(Bulk + "&fields=all", streamed: true);
        await using var body = await response.Content.ReadAsStreamAsync();
        using var received = new MemoryStream();
        var kilobyte = new byte[1024];
        using var second = new PeriodicTimer(TimeSpan.FromSeconds(1));
        // Longer than the grace of the minimum rate.
        for (var i = 0; i < 12 && await second.WaitForNextTickAsync(); i++)
        {
            await body.ReadExactlyAsync(kilobyte);
            received.Write(kilobyte);
        }

        (await sandbox.Replica.ScalarAsync<long>(
            "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'CdrApi' AND (state <> 'idle' OR state_change > now() - interval '5 s')")).Should().Be(0);
        api.Process.Refresh();
        (api.Process.WorkingSet64 - before).Should().BeLessThan(64_000_000, "two slices and the garbage of reading them");
        await body.CopyToAsync(received);
        JsonDocument.Parse(received.ToArray()).RootElement.GetProperty("data").EnumerateArray().Select(Rows.ToText).Should().Equal(whole);
    }

    [Fact]
    public async Task A_client_that_takes_nothing_is_let_go_whatever_it_took_before()
    {
        await using var api = await sandbox.Sandbox.StartApiAsync(new Dictionary<string, string?> { ["Limits__SendTimeout"] = "00:00:01" });

        using var stalled = await StallAsync(api);

        await Eventually.BecomesTrueAsync(() => Task.FromResult(api.ReadLog().Contains("\"client left\"", StringComparison.Ordinal)));
    }

    private async Task<long> WaitingAsync() => await sandbox.Replica.ScalarAsync<long>("SELECT count(*) " + HeldQueries.Waiting);

    /// <summary>Asks, reads the first bytes, and then nothing more.</summary>
    private async Task<TcpClient> StallAsync(ApiProcess api)
    {
        var client = new TcpClient { ReceiveBufferSize = 4096 };
        await client.ConnectAsync("127.0.0.1", api.Url.Port);
        var request = string.Create(CultureInfo.InvariantCulture,
            $"GET {Bulk} HTTP/1.1\r\nHost: 127.0.0.1\r\nX-API-Key: {sandbox.Sandbox.ApiKey}\r\n\r\n");
        await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(request));
        var head = new byte[15];
        await client.GetStream().ReadExactlyAsync(head);
        Encoding.ASCII.GetString(head).Should().Be("HTTP/1.1 200 OK");
        return client;
    }
}
