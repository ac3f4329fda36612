using System.Net;
using System.Text.Json;
using CdrSandbox;
using CdrSandbox.Postgres;
using Npgsql;

namespace CdrApi.Tests.Faults;

/// <summary>A download of a million CDRs while its standbys are broken: every CDR once, in order, in one 200 answer.</summary>
public sealed class StandbyFaultTests(TestSandbox sandbox, FaultSandbox faults) : IClassFixture<FaultSandbox>
{
    // The fault comes when this much was received, of about 60 MB.
    private const int Early = 3_000_000;

    private Standby First => faults.Sandbox.Standbys[0];

    private Standby Second => faults.Sandbox.Standbys[1];

    [Fact]
    public async Task The_only_standby_restarts()
    {
        await faults.StartAsync(sandbox);
        await using var api = await faults.StartApiAsync(null, First);

        await ShouldReceiveAllAsync(api, async () =>
        {
            await First.StopAsync();
            await First.StartAsync();
        });
    }

    [Fact]
    public async Task The_only_standby_crashes_and_comes_back()
    {
        await faults.StartAsync(sandbox);
        await using var api = await faults.StartApiAsync(null, First);

        await ShouldReceiveAllAsync(api, async () =>
        {
            await First.KillAsync();
            await First.StartAsync();
        });
    }

    [Fact]
    public async Task One_of_two_standbys_is_killed_for_good_and_then_the_other_way_round()
    {
        await faults.StartAsync(sandbox);
        await using var api = await faults.StartApiAsync();
        foreach (var (gone, other) in new[] { (First, Second), (Second, First) })
        {
            try
            {
                await ShouldReceiveAllAsync(api, gone.KillAsync);
                await Eventually.BecomesTrueAsync(async () => await StateAsync(api, gone) is ("unreachable", false) && await StateAsync(api, other) is ("ok", true));
                await new ApiCaller(api.Url, faults.Sandbox.ApiKey).GetAsync("/cdrs?limit=5");
            }
            finally
            {
                await gone.StartAsync();
            }

            await Eventually.BecomesTrueAsync(async () => await StateAsync(api, gone) is ("ok", true));
        }
    }

    [Fact]
    public async Task Backends_are_terminated_again_and_again()
    {
        await faults.StartAsync(sandbox);
        await using var api = await faults.StartApiAsync();
        var terminated = 0L;

        await ShouldReceiveAllAsync(api, async () =>
        {
            for (var i = 0; i < 100; i++)
            {
                foreach (var standby in faults.Standbys)
                {
                    terminated += await standby.ScalarAsync<long>(
                        "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name = 'CdrApi' AND state = 'active'");
                }
            }
        });

        terminated.Should().BePositive("the test is about terminated backends");
    }

    [Fact]
    public async Task Replay_cancels_its_queries_without_a_delay()
    {
        await faults.StartAsync(sandbox);
        foreach (var standby in faults.Standbys)
        {
            await ExecuteAsync(standby, "ALTER SYSTEM SET max_standby_streaming_delay = 0");
            await ExecuteAsync(standby, "SELECT pg_reload_conf()");
        }

        try
        {
            await using var api = await faults.StartApiAsync();
            var before = await ConflictsAsync();

            // Rows move and tables are locked, and no value changes.
            await ShouldReceiveAllAsync(api, async () =>
            {
                for (var i = 0; i < 60 && await ConflictsAsync() < before + 5; i++)
                {
                    await ExecuteAsync(faults.Primary, "UPDATE cdrs SET cost = cost WHERE i_cdr % 1000 = 7");
                    await ExecuteAsync(faults.Primary, "VACUUM (INDEX_CLEANUP ON) cdrs");
                    await ExecuteAsync(faults.Primary, "ALTER TABLE cdrs ADD COLUMN passing int; ALTER TABLE cdrs DROP COLUMN passing");
                }
            }, downloads: 4);

            (await ConflictsAsync()).Should().BeGreaterThan(before, "the test is about recovery conflicts");
        }
        finally
        {
            foreach (var standby in faults.Standbys)
            {
                await ExecuteAsync(standby, "ALTER SYSTEM RESET max_standby_streaming_delay");
                await ExecuteAsync(standby, "SELECT pg_reload_conf()");
            }
        }
    }

    [Fact]
    public async Task Load_is_spread_over_the_standbys_and_the_primary_is_never_asked()
    {
        await faults.StartAsync(sandbox);
        await using var api = await faults.StartApiAsync();
        var caller = new ApiCaller(api.Url, faults.Sandbox.ApiKey);

        await Task.WhenAll(Enumerable.Range(0, 40).Select(_ => caller.GetAsync("/cdrs?limit=100")));

        const string Connections = "SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE 'CdrApi%'";
        (await faults.Standbys[0].ScalarAsync<long>(Connections)).Should().BeGreaterThan(1);
        (await faults.Standbys[1].ScalarAsync<long>(Connections)).Should().BeGreaterThan(1);
        (await faults.Primary.ScalarAsync<long>(Connections)).Should().Be(0);
    }

    [Fact]
    public async Task A_paused_standby_leaves_the_rotation_while_another_is_well_and_comes_back()
    {
        await faults.StartAsync(sandbox);
        await using var api = await faults.StartApiAsync();
        var caller = new ApiCaller(api.Url, faults.Sandbox.ApiKey);
        await faults.Standbys[0].ScalarAsync<object>("SELECT pg_wal_replay_pause()");
        try
        {
            await CommitAsync();
            await Eventually.BecomesTrueAsync(async () => await StateAsync(api, First) is ("paused", false));
            (await StateAsync(api, Second)).Should().Be(("ok", true));
            (await caller.GetAsync("/health")).GetProperty("status").GetString().Should().Be("warn");

            // With both paused an old answer is better than none, unless the caller says otherwise.
            await faults.Standbys[1].ScalarAsync<object>("SELECT pg_wal_replay_pause()");
            await CommitAsync();
            await Eventually.BecomesTrueAsync(async () => await StateAsync(api, First) is ("paused", true) && await LagAsync(api) > 1);
            await caller.GetAsync("/cdrs?limit=1");
            await caller.GetAsync("/cdrs/stats?max_staleness=3600");
            foreach (var path in new[] { "/cdrs?limit=1&max_staleness=1", "/cdrs/stats?max_staleness=0.5", "/cdrs?limit=1000000&max_staleness=1" })
            {
                var refused = await caller.GetAsync(path, HttpStatusCode.ServiceUnavailable);
                refused.GetProperty("type").GetString().Should().Be("/problems/too-stale");
            }

            var batch = await caller.PostAsync("/cdrs/batch", """{"queries":[{"limit":1},{"limit":1,"max_staleness":1}]}""");
            batch.GetProperty("results").EnumerateArray().Select(r => r.GetProperty("status").GetInt32()).Should().Equal(200, 503);
        }
        finally
        {
            foreach (var standby in faults.Standbys)
            {
                await standby.ScalarAsync<object>("SELECT pg_wal_replay_resume()");
            }
        }

        await Eventually.BecomesTrueAsync(async () => await StateAsync(api, First) is ("ok", true) && await StateAsync(api, Second) is ("ok", true));
        await caller.GetAsync("/cdrs?limit=1&max_staleness=60");
    }

    /// <summary>Each download has every CDR once and in order, though the fault came after its first megabytes.</summary>
    private async Task ShouldReceiveAllAsync(ApiProcess api, Func<Task> fault, int downloads = 1)
    {
        var truth = await faults.TruthAsync();
        var reached = new TaskCompletionSource();
        var receiving = Enumerable.Range(0, downloads).Select(_ => ReceiveAsync(api, reached)).ToList();
        await Task.WhenAny(reached.Task, Task.WhenAll(receiving));
        receiving.TrueForAll(r => !r.IsCompleted).Should().BeTrue("the fault must come midway");
        await fault();
        foreach (var received in await Task.WhenAll(receiving))
        {
            received.Should().HaveCount(truth.Length);
            received.AsSpan().SequenceEqual(truth).Should().BeTrue("every CDR comes once, in order");
        }
    }

    private async Task<long[]> ReceiveAsync(ApiProcess api, TaskCompletionSource reached)
    {
        using var response = await new ApiCaller(api.Url, faults.Sandbox.ApiKey, smallReceiveBuffer: true)
            .SendAsync("/cdrs?limit=1000000&type=all&fields=i_cdr,cld,cost&format=ndjson", streamed: true);
        response.StatusCode.Should().Be(HttpStatusCode.OK);
        await using var body = await response.Content.ReadAsStreamAsync();
        using var lines = new StreamReader(new Counting(body, Early, reached));
        var ids = new List<long>(FaultSandbox.CdrRows);
        while (await lines.ReadLineAsync() is { } line)
        {
            ids.Add(JsonDocument.Parse(line).RootElement.GetProperty("i_cdr").GetInt64());
        }

        response.TrailingHeaders.GetValues("CDR-Count").Should().Equal($"{ids.Count}");
        return [.. ids];
    }

    private Task<object> CommitAsync() => faults.Primary.ScalarAsync<object>("SELECT pg_logical_emit_message(true, 'test', 'a commit to wait for')");

    private async Task<long> ConflictsAsync()
    {
        var sum = 0L;
        foreach (var standby in faults.Standbys)
        {
            sum += await standby.ScalarAsync<long>("SELECT sum(confl_lock + confl_snapshot + confl_bufferpin + confl_tablespace)::bigint FROM pg_stat_database_conflicts");
        }

        return sum;
    }

    private static async Task<(string? Status, bool InRotation)> StateAsync(ApiProcess api, Standby standby)
    {
        var lag = await new ApiCaller(api.Url, null).GetAsync("/replication-lag");
        var replica = lag.GetProperty("replicas").EnumerateArray().Single(r => r.GetProperty("replica").GetString() == $"{standby.Address.Host}:{standby.Address.Port}");
        return (replica.GetProperty("status").GetString(), replica.GetProperty("in_rotation").GetBoolean());
    }

    private static async Task<double> LagAsync(ApiProcess api) =>
        (await new ApiCaller(api.Url, null).GetAsync("/replication-lag")).GetProperty("replicas").EnumerateArray().Min(r => r.GetProperty("lag_seconds").GetDouble());

    private static async Task ExecuteAsync(NpgsqlDataSource database, string sql)
    {
        await using var command = database.CreateCommand(sql);
        command.CommandTimeout = 120;
        await command.ExecuteNonQueryAsync();
    }

    /// <summary>Says when so much was read.</summary>
    private sealed class Counting(Stream inner, long mark, TaskCompletionSource reached) : Stream
    {
        private long _count;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            var read = await inner.ReadAsync(buffer, cancellationToken);
            _count += read;
            if (_count >= mark)
            {
                reached.TrySetResult();
            }

            return read;
        }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override void Flush() => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
