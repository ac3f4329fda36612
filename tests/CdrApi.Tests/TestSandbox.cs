using CdrApi.Tests;
using CdrApi.Tests.Http;
using CdrSandbox;
using Npgsql;

// One sandbox serves all, and some tests pause or stop its servers: xunit.runner.json has them run one at a time.
[assembly: AssemblyFixture(typeof(TestSandbox))]

namespace CdrApi.Tests;

/// <summary>
/// A real primary, a real standby and the API as a process of its own, for the whole run. Where the machine has
/// no PostgreSQL and no Docker engine, the tests that need them are skipped, and say so.
/// </summary>
public sealed class TestSandbox : IAsyncLifetime
{
    public const int Rows = 120_000;

    private Sandbox? _sandbox;
    private string _missing = "";
    private NpgsqlDataSource? _primary;
    private NpgsqlDataSource? _replica;

    public Sandbox Sandbox
    {
        get
        {
            Assert.SkipWhen(_sandbox is null, "Needs a server: " + _missing);
            return _sandbox;
        }
    }

    public ApiProcess Api => Sandbox.Api!;

    /// <summary>Sees all accounts.</summary>
    public ApiCaller All => new(Api.Url, Sandbox.ApiKey);

    /// <summary>Sees <see cref="Sandbox.Account"/> only.</summary>
    public ApiCaller Narrow => new(Api.Url, Sandbox.AccountKey);

    /// <summary>Sees all accounts, and has little room for what it has not read yet.</summary>
    public ApiCaller Slow => new(Api.Url, Sandbox.ApiKey, smallReceiveBuffer: true);

    public ApiCaller Nobody => new(Api.Url, null);

    /// <summary>As a superuser.</summary>
    public NpgsqlDataSource Primary => _primary ??= NpgsqlDataSource.Create(Sandbox.Primary.ConnectionString);

    /// <summary>As a superuser; without a pool, so that it leaves no connection to be counted.</summary>
    public NpgsqlDataSource Replica => _replica ??= NpgsqlDataSource.Create(Sandbox.Standbys[0].ConnectionString + ";Pooling=false;Application Name=test");

    /// <summary>After a test that stopped or paused the standby: until it streams again and the API reads from it.</summary>
    public Task RecoverAsync() => Eventually.BecomesTrueAsync(async () =>
        (await Nobody.GetAsync("/replication-lag")).GetProperty("status").GetString() == "ok");

    public async ValueTask InitializeAsync()
    {
        try
        {
            var options = new SandboxOptions { Rows = Rows, Accounts = 60, CallsPerSecond = 0, Port = 0 };
            _sandbox = await Sandbox.StartAsync(options, TextWriter.Null);
            await OpenApiContract.ReadAsync(Api.Url);
        }
        catch (SandboxException e) when (e.Message.Contains("finds neither", StringComparison.Ordinal))
        {
            _missing = e.Message;
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_sandbox is null)
        {
            return;
        }

        var password = new NpgsqlConnectionStringBuilder(_sandbox.ReaderConnectionString).Password!;
        var found = await Secrets.FoundInAsync(_sandbox.ReadApiLogs(), password, Primary);
        await _sandbox.DisposeAsync();
        found.Should().BeEmpty("no log of the whole run may hold a secret or a telephone number");
    }
}
