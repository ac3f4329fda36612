using System.Globalization;
using CdrSandbox;
using CdrSandbox.Postgres;
using Npgsql;

namespace CdrApi.Tests.Faults;

/// <summary>A sandbox apart, with two standbys and a million CDRs, whose servers the tests break.</summary>
public sealed class FaultSandbox : IAsyncLifetime
{
    public const int CdrRows = 1_000_000;

    private Sandbox? _sandbox;

    public Sandbox Sandbox => _sandbox!;

    /// <summary>As a superuser.</summary>
    public NpgsqlDataSource Primary { get; private set; } = null!;

    /// <summary>As a superuser, without pools.</summary>
    public IReadOnlyList<NpgsqlDataSource> Standbys { get; private set; } = [];

    public async Task StartAsync(TestSandbox whereThereIsAServer)
    {
        // Skips where there is no PostgreSQL.
        _ = whereThereIsAServer.Sandbox;
        if (_sandbox is null)
        {
            _sandbox = await Sandbox.StartAsync(new SandboxOptions { Rows = CdrRows, Standbys = 2, CallsPerSecond = 0, StartApi = false }, TextWriter.Null);
            Primary = NpgsqlDataSource.Create(Sandbox.Primary.ConnectionString + ";Include Error Detail=true");
            Standbys = [.. Sandbox.Standbys.Select(s => NpgsqlDataSource.Create(s.ConnectionString + ";Pooling=false;Application Name=test"))];
        }
    }

    /// <summary>An API that knows these standbys only.</summary>
    public Task<ApiProcess> StartApiAsync(Dictionary<string, string?>? environment = null, params IReadOnlyList<Standby> standbys)
    {
        var settings = new Dictionary<string, string?>(environment ?? []) { ["Replica__PollInterval"] = "00:00:00.2" };
        if (standbys.Count > 0)
        {
            settings["Database__ConnectionString"] = new NpgsqlConnectionStringBuilder(Sandbox.ReaderConnectionString)
            {
                Host = string.Join(',', standbys.Select(s => string.Create(CultureInfo.InvariantCulture, $"{s.Address.Host}:{s.Address.Port}"))),
            }.ConnectionString;
        }

        return Sandbox.StartApiAsync(settings);
    }

    /// <summary>The ids of all CDRs, in the order of a list.</summary>
    public async Task<long[]> TruthAsync() => (await Primary.ScalarAsync<long[]>("SELECT array_agg(i_cdr ORDER BY connect_time DESC NULLS LAST, i_cdr DESC) FROM cdrs"))!;

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        if (_sandbox is not null)
        {
            await Primary.DisposeAsync();
            await _sandbox.DisposeAsync();
        }
    }
}
