using System.Net.Sockets;
using System.Text.Json;
using Microsoft.Extensions.Options;
using StackExchange.Redis;

namespace CdrApi.Security;

/// <summary>
/// For all instances: a key a session, which Redis ends by itself, and a sorted set of its sessions for each API key, by the moment of
/// their end. Hashes only: who reads Redis has no token.
/// </summary>
internal sealed partial class RedisSessionStore(IOptions<SessionOptions> options, TimeProvider time, ILogger<RedisSessionStore> logger)
    : ISessionStore, IAsyncDisposable
{
    private readonly Lock _connecting = new();
    private Task<ConnectionMultiplexer>? _redis;

    public Task<bool> TryAddAsync(Session session, int most) => AskAsync(async redis =>
    {
        var ofKey = KeyOfOwner(session.Owner);
        await redis.SortedSetRemoveRangeByScoreAsync(ofKey, double.NegativeInfinity, time.GetUtcNow().ToUnixTimeMilliseconds());
        var left = session.Expires - time.GetUtcNow();
        while (true)
        {
            var adding = redis.CreateTransaction();
            var hasRoom = adding.AddCondition(Condition.SortedSetLengthLessThan(ofKey, most));
            _ = adding.StringSetAsync(KeyOf(session.Id), JsonSerializer.SerializeToUtf8Bytes(session), left);
            _ = adding.SortedSetAddAsync(ofKey, session.Id, session.Expires.ToUnixTimeMilliseconds());
            _ = adding.KeyExpireAsync(ofKey, options.Value.Lifetime);
            if (await adding.ExecuteAsync())
            {
                return true;
            }

            // Where there was room, another instance has added one meanwhile: again.
            if (!hasRoom.WasSatisfied)
            {
                return false;
            }
        }
    });

    public Task<Session?> FindAsync(string id) => AskAsync(async redis => Read(await redis.StringGetAsync(KeyOf(id))));

    public Task<IReadOnlyList<Session>> OfOwnerAsync(string owner) => AskAsync<IReadOnlyList<Session>>(async redis =>
    {
        var ids = await redis.SortedSetRangeByRankAsync(KeyOfOwner(owner));
        var values = await redis.StringGetAsync([.. ids.Select(id => KeyOf(id.ToString()))]);
        return [.. values.Select(Read).OfType<Session>().OrderBy(s => s.Created)];
    });

    public Task<bool> RemoveAsync(Session session) => AskAsync(async redis =>
    {
        var removing = redis.CreateTransaction();
        var removed = removing.KeyDeleteAsync(KeyOf(session.Id));
        _ = removing.SortedSetRemoveAsync(KeyOfOwner(session.Owner), session.Id);
        await removing.ExecuteAsync();
        return await removed;
    });

    public async ValueTask DisposeAsync()
    {
        if (_redis is { IsCompletedSuccessfully: true } redis)
        {
            await (await redis).DisposeAsync();
        }
    }

    /// <summary>Once connected it connects again by itself. An attempt that failed is followed by another with the next request.</summary>
    private Task<ConnectionMultiplexer> ConnectAsync()
    {
        lock (_connecting)
        {
            return _redis is null or { IsFaulted: true } or { IsCanceled: true } ? _redis = ConnectAsync(options.Value.Redis) : _redis;
        }
    }

    private static async Task<ConnectionMultiplexer> ConnectAsync(string redis)
    {
        var settings = ConfigurationOptions.Parse(redis);
        settings.ClientName = "CdrApi";
        // It connects again by itself; until then a session is a 503 at once, not a request that hangs.
        settings.AbortOnConnectFail = false;
        settings.BacklogPolicy = BacklogPolicy.FailFast;
        settings.ConnectTimeout = 1000;
        settings.AsyncTimeout = 2000;
        settings.ReconnectRetryPolicy = new LinearRetry(1000);
        return await ConnectionMultiplexer.ConnectAsync(settings);
    }

    private static RedisKey KeyOf(string id) => "cdrapi:session:" + id;

    private static RedisKey KeyOfOwner(string owner) => "cdrapi:sessions-of:" + owner;

    private static Session? Read(RedisValue value) => value.IsNull ? null : JsonSerializer.Deserialize<Session>((byte[])value!);

    private async Task<T> AskAsync<T>(Func<IDatabase, Task<T>> question)
    {
        try
        {
            return await question((await ConnectAsync()).GetDatabase());
        }
        catch (Exception e) when (e is RedisException or RedisTimeoutException or RedisCommandException or SocketException or TimeoutException)
        {
            // By its kind: the text may quote what was sent.
            Log.NoAnswer(logger, e is RedisConnectionException { FailureType: var type } ? $"{type}" : e.GetType().Name);
            throw new SessionStoreException(e);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(LogLevel.Error, "Sessions:Redis does not answer, so no session can be begun or checked: {Cause}")]
        public static partial void NoAnswer(ILogger logger, string cause);
    }
}
