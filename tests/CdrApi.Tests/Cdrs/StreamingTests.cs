using System.Globalization;
using System.IO.Compression;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;

namespace CdrApi.Tests.Cdrs;

public sealed class StreamingTests(TestSandbox sandbox)
{
    private const string Connections =
        "SELECT count(*) FROM pg_stat_activity WHERE usename = 'cdr_reader' AND application_name = 'CdrApi'";

    private const string All =
        "SELECT count(*) FROM pg_stat_activity WHERE usename = 'cdr_reader'";

    private const string Busy = Connections + " AND state <> 'idle'";

    // Between two slices a connection is idle for an instant: only one that stays idle has been let go.
    private const string BusyOfLate = Connections + " AND (state <> 'idle' OR state_change > clock_timestamp() - interval '500 ms')";

    [Theory]
    [InlineData("identity")]
    [InlineData("gzip")]
    [InlineData("br")]
    public async Task First_byte_comes_before_the_last_slice_is_read(string encoding)
    {
        using var response = await sandbox.Slow.SendAsync("/cdrs?limit=1000000&type=all&fields=all&end_date=9999-01-01", streamed: true,
            headers: new Dictionary<string, string> { ["Accept-Encoding"] = encoding });
        response.Content.Headers.ContentEncoding.Should().Equal(encoding == "identity" ? [] : [encoding]);
        var sent = await response.Content.ReadAsStreamAsync();
        await using Stream body = encoding switch
        {
            "gzip" => new GZipStream(sent, CompressionMode.Decompress),
            "br" => new BrotliStream(sent, CompressionMode.Decompress),
            _ => sent,
        };
        await body.ReadExactlyAsync(new byte[1000]);
        // The client pauses; what it has not read fills the sockets, and the service waits without a connection.
        await Eventually.BecomesTrueAsync(async () => await sandbox.Replica.ScalarAsync<long>(BusyOfLate) == 0);

        // A CDR that is written only now, and is the last of the list.
        await sandbox.Primary.CreateCommand(
            "INSERT INTO cdrs (i_cdr, i_call, i_account, result, duration, connect_time) VALUES (999200000001, 1, 1, 0, 1, '1999-01-01Z')").ExecuteNonQueryAsync();
        try
        {
            await Eventually.BecomesTrueAsync(async () =>
                await sandbox.Replica.ScalarAsync<long>("SELECT count(*) FROM cdrs WHERE i_cdr = 999200000001") == 1);
            using var rest = new StreamReader(body);

            (await rest.ReadToEndAsync()).Should().Contain("\"i_cdr\":999200000001", "the last slice was read after the first byte was received");
        }
        finally
        {
            await sandbox.Primary.CreateCommand("DELETE FROM cdrs WHERE i_cdr = 999200000001").ExecuteNonQueryAsync();
            await Eventually.BecomesTrueAsync(async () =>
                await sandbox.Replica.ScalarAsync<long>("SELECT count(*) FROM cdrs WHERE i_cdr = 999200000001") == 0);
        }
    }

    [Fact]
    public async Task A_client_that_stops_reading_holds_no_connection_and_no_replay()
    {
        using var client = await StopReadingAsync("/cdrs?limit=100000&type=all&fields=all");

        await Eventually.BecomesTrueAsync(async () => await sandbox.Replica.ScalarAsync<long>(BusyOfLate) == 0);
        (await sandbox.Replica.ScalarAsync<long>(Connections + " AND backend_xmin IS NOT NULL"))
            .Should().Be(0, "a snapshot would hold replay back");

        // A vacuum's cleanup record is what a held snapshot would stop.
        await sandbox.Primary.CreateCommand("CREATE TABLE IF NOT EXISTS replay_probe AS SELECT 1 AS a").ExecuteNonQueryAsync();
        await sandbox.Primary.CreateCommand("DELETE FROM replay_probe").ExecuteNonQueryAsync();
        await sandbox.Primary.CreateCommand("VACUUM replay_probe").ExecuteNonQueryAsync();
        var written = await sandbox.Primary.ScalarAsync<string>("SELECT pg_current_wal_lsn()::text");
        await Eventually.BecomesTrueAsync(async () =>
            await sandbox.Replica.ScalarAsync<bool>($"SELECT pg_last_wal_replay_lsn() >= '{written}'::pg_lsn"), TimeSpan.FromSeconds(5));
        await sandbox.Primary.CreateCommand("DROP TABLE replay_probe").ExecuteNonQueryAsync();
    }

    [Fact]
    public async Task Twenty_connections_serve_any_number_of_downloads()
    {
        var most = 0L;
        using var done = new CancellationTokenSource();
        var watching = Task.Run(async () =>
        {
            while (!done.IsCancellationRequested)
            {
                most = Math.Max(most, await sandbox.Replica.ScalarAsync<long>(All));
            }
        });

        var downloads = Enumerable.Range(0, 60).Select(_ => sandbox.All.GetAsync("/cdrs?limit=6000&type=all&fields=i_cdr"));
        var answers = await Task.WhenAll(downloads);
        await done.CancelAsync();
        await watching;

        answers.Should().AllSatisfy(a => a.GetProperty("count").GetInt32().Should().Be(6000));
        most.Should().BeInRange(2, 20);
        await Eventually.BecomesTrueAsync(async () => await sandbox.Replica.ScalarAsync<long>(Busy) == 0);
    }

    [Fact]
    public async Task Two_hundred_queries_one_after_the_other_open_no_further_connection()
    {
        for (var i = 0; i < 3; i++)
        {
            await sandbox.All.GetAsync("/cdrs?limit=10");
        }

        // A session's end reports it to the statistics; before PostgreSQL 15 they are told anew each half second.
        const string IsOld = "SELECT current_setting('server_version_num')::int < 150000";
        var report = await sandbox.Replica.ScalarAsync<bool>(IsOld) ? "SELECT pg_sleep(1)" : "SELECT pg_stat_force_next_flush()";
        var before = await SessionsAsync();
        for (var i = 0; i < 200; i++)
        {
            await sandbox.All.GetAsync("/cdrs?limit=10");
        }

        // Cancelling opens a session as well, so this would show it.
        (await SessionsAsync() - before).Should().BeInRange(1, 3, "the only new sessions are those that count the sessions");

        async Task<long> SessionsAsync()
        {
            await sandbox.Replica.ScalarAsync<object>(report);
            return await sandbox.Replica.ScalarAsync<long>("SELECT sessions FROM pg_stat_database WHERE datname = current_database()");
        }
    }

    [Fact]
    public async Task A_client_that_leaves_ends_the_work()
    {
        using (await StopReadingAsync("/cdrs?limit=100000&type=all"))
        {
        }

        await Eventually.BecomesTrueAsync(() => Task.FromResult(sandbox.Api.ReadLog().Contains("\"client left\"", StringComparison.Ordinal)));
        await Eventually.BecomesTrueAsync(async () => await sandbox.Replica.ScalarAsync<long>(Busy) == 0);
    }

    [Fact]
    public async Task A_download_whose_backends_are_terminated_is_whole_all_the_same()
    {
        using var done = new CancellationTokenSource();
        var killed = 0L;
        var killing = Task.Run(async () =>
        {
            while (!done.IsCancellationRequested)
            {
                killed += await sandbox.Replica.ScalarAsync<long>(
                    "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name = 'CdrApi' AND state = 'active'");
                await Task.Delay(TimeSpan.FromMilliseconds(30));
            }
        });

        var answer = await sandbox.All.GetRowsAsync("/cdrs?limit=1000000&type=all");
        await done.CancelAsync();
        await killing;

        killed.Should().BePositive("the test is about terminated backends");
        answer.Should().Equal(await Rows.FromSqlAsync(sandbox.Replica, "true"));
    }

    [Fact]
    public async Task A_body_that_cannot_be_completed_cannot_be_taken_for_complete()
    {
        await using var api = await sandbox.Sandbox.StartApiAsync(new Dictionary<string, string?> { ["Database__RetryBudget"] = "00:00:01" });
        var caller = new ApiCaller(api.Url, sandbox.Sandbox.ApiKey);
        using var response = await caller.SendAsync("/cdrs?limit=100000&type=all&fields=all", streamed: true);
        await using var body = await response.Content.ReadAsStreamAsync();
        var received = new MemoryStream();
        var standby = sandbox.Sandbox.Standbys[0];
        await standby.KillAsync();
        try
        {
            var reading = () => body.CopyToAsync(received);

            await reading.Should().ThrowAsync<IOException>();
            var parsing = () => JsonDocument.Parse(Encoding.UTF8.GetString(received.ToArray()));
            parsing.Should().Throw<JsonException>();
            await Eventually.BecomesTrueAsync(() => Task.FromResult(api.ReadLog().Contains("\"aborted\"", StringComparison.Ordinal)));

            using var refused = await caller.SendAsync("/cdrs?limit=1");
            ((int)refused.StatusCode).Should().Be(503);
            refused.Headers.RetryAfter.Should().NotBeNull();
        }
        finally
        {
            await standby.StartAsync();
            await sandbox.RecoverAsync();
        }

        (await sandbox.All.GetAsync("/cdrs?limit=1")).GetProperty("count").GetInt32().Should().Be(1);
    }

    /// <summary>Asks, reads the first bytes, and then nothing more.</summary>
    private async Task<TcpClient> StopReadingAsync(string path)
    {
        var client = new TcpClient { ReceiveBufferSize = 4096 };
        await client.ConnectAsync("127.0.0.1", sandbox.Api.Url.Port);
        var request = string.Create(CultureInfo.InvariantCulture,
            $"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nX-API-Key: {sandbox.Sandbox.ApiKey}\r\n\r\n");
        await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(request));
        var head = new byte[15];
        await client.GetStream().ReadExactlyAsync(head);
        Encoding.ASCII.GetString(head).Should().Be("HTTP/1.1 200 OK");
        return client;
    }
}
