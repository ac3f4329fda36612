using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using CdrSandbox;
using StackExchange.Redis;

namespace CdrApi.Tests.Security;

/// <summary>A real Redis on loopback, with a password. Where there is none, the tests are skipped, and say so.</summary>
internal sealed class RedisServer : IAsyncDisposable
{
    private const string Password = "correct-horse-battery-staple";
    private readonly string _directory = Directory.CreateTempSubdirectory("cdr-api-redis-").FullName;
    private readonly int _port = FreePort.Next();
    private Process? _process;

    public string ConnectionString => $"127.0.0.1:{_port},password={Password}";

    public static async Task<RedisServer> StartNewAsync()
    {
        Secrets.Add(Password);
        var server = new RedisServer();
        await server.StartAsync();
        return server;
    }

    public async Task StartAsync()
    {
        try
        {
            string[] settings = ["--port", _port.ToString(CultureInfo.InvariantCulture), "--bind", "127.0.0.1", "--requirepass", Password, "--save", "", "--dir", _directory];
            _process = Process.Start(new ProcessStartInfo("redis-server", settings) { RedirectStandardOutput = true })!;
            _ = _process.StandardOutput.ReadToEndAsync();
        }
        catch (Win32Exception)
        {
            Assert.Skip("Needs Redis: install redis-server.");
        }

        await Eventually.BecomesTrueAsync(async () =>
        {
            using var client = new TcpClient();
            try
            {
                await client.ConnectAsync(IPAddress.Loopback, _port);
                return true;
            }
            catch (SocketException)
            {
                return false;
            }
        });
    }

    public void Stop()
    {
        _process!.Kill();
        _process.WaitForExit();
        _process.Dispose();
    }

    /// <summary>All that it holds, as text.</summary>
    public async Task<string> ReadAllAsync()
    {
        await using var redis = await ConnectionMultiplexer.ConnectAsync(ConnectionString);
        var keys = redis.GetServers().Single().Keys().Select(k => k.ToString()).ToList();
        var values = new List<string>();
        foreach (var key in keys)
        {
            values.Add(await redis.GetDatabase().KeyTypeAsync(key) == RedisType.String
                ? (await redis.GetDatabase().StringGetAsync(key)).ToString()
                : string.Join(' ', await redis.GetDatabase().SortedSetRangeByRankAsync(key)));
        }

        return string.Join('\n', keys.Concat(values));
    }

    public ValueTask DisposeAsync()
    {
        Stop();
        Directory.Delete(_directory, recursive: true);
        return ValueTask.CompletedTask;
    }
}
