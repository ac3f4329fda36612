using System.Globalization;
using CdrSandbox.Postgres;
using CdrSandbox.Sippy;
using Npgsql;

namespace CdrSandbox;

/// <summary>A primary, its standbys, sample CDRs, live traffic and the API, until it is disposed.</summary>
public sealed class Sandbox : IAsyncDisposable
{
    private const string Reader = "cdr_reader";
    private readonly Stack<IAsyncDisposable> _parts = new();
    private readonly List<Standby> _standbys = [];
    private readonly string _readerPassword = Secret.Next();
    private readonly string _replicatorPassword = Secret.Next();
    private readonly string _directory = Directory.CreateTempSubdirectory("cdr-sandbox-").FullName;
    private readonly SandboxOptions _options;
    private readonly TextWriter _log;
    private ApiKey[] _keys = [];
    private int _apis;

    private Sandbox(SandboxOptions options, TextWriter log)
    {
        _options = options;
        _log = log;
        // The servers' user passes through to directories of its own, and can list nothing here.
        File.SetUnixFileMode(_directory, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute);
    }

    public Primary Primary { get; private set; } = null!;

    public IReadOnlyList<Standby> Standbys => _standbys;

    /// <summary>Null with <see cref="SandboxOptions.StartApi"/> off.</summary>
    public ApiProcess? Api { get; private set; }

    /// <summary>Sees all accounts.</summary>
    public string ApiKey => _keys[0].Text;

    /// <summary>Sees <see cref="Account"/> only.</summary>
    public string AccountKey => _keys[1].Text;

    /// <summary>The busiest account.</summary>
    public long Account { get; private set; }

    /// <summary>Where psql and the other programs are; null where the servers run in containers.</summary>
    public string? PgBin => Primary.Machine.BinDirectory;

    /// <summary>A line of a passfile, for base backups of that server.</summary>
    public string ReplicatorPassLine(PostgresServer server) =>
        string.Create(CultureInfo.InvariantCulture, $"{server.Address.Host}:{server.Address.Port}:*:{Primary.Replicator}:{_replicatorPassword}\n");

    /// <summary>What the API is given: all standbys, never the primary.</summary>
    public string ReaderConnectionString
    {
        get
        {
            var hosts = string.Join(',', _standbys.Select(standby => string.Create(CultureInfo.InvariantCulture, $"{standby.Address.Host}:{standby.Address.Port}")));
            return $"Host={hosts};Database={PostgresServer.Database};Username={Reader};Password={_readerPassword}";
        }
    }

    /// <summary>What an API process is given, as environment variables.</summary>
    public IReadOnlyDictionary<string, string?> ApiSettings
    {
        get
        {
            var settings = new Dictionary<string, string?>
            {
                ["Database__ConnectionString"] = ReaderConnectionString,
                // Here one key does what many callers do in production.
                ["Rates__RequestsPerSecond"] = "1000000",
                ["Rates__Burst"] = "1000000",
                ["Rates__BulkDownloads"] = "10000",
                ["Rates__FailedAttemptsPerMinute"] = "1000000",
            };
            foreach (var (index, key) in _keys.Index())
            {
                var section = string.Create(CultureInfo.InvariantCulture, $"Security__ApiKeys__{index}__");
                settings[section + "Id"] = key.Id;
                settings[section + "Sha256"] = key.Sha256;
                settings[section + "Scopes__0"] = key.Scope;
                if (key.Account is { } account)
                    settings[section + "Accounts__0"] = account.ToString(CultureInfo.InvariantCulture);
            }
            return settings;
        }
    }

    public static async Task<Sandbox> StartAsync(SandboxOptions options, TextWriter log, CancellationToken cancellationToken = default)
    {
        var sandbox = new Sandbox(options, log);
        try
        {
            await sandbox.StartPartsAsync(cancellationToken);
            return sandbox;
        }
        catch
        {
            await sandbox.DisposeAsync();
            throw;
        }
    }

    /// <summary>A further API process on the same standbys; <paramref name="environment"/> adds to its configuration or replaces it.</summary>
    public async Task<ApiProcess> StartApiAsync(
        IReadOnlyDictionary<string, string?>? environment = null, int port = 0, bool waitUntilReady = true, CancellationToken cancellationToken = default)
    {
        var settings = new Dictionary<string, string?>(ApiSettings);
        foreach (var (name, value) in environment ?? new Dictionary<string, string?>())
            settings[name] = value;

        var logFile = Path.Combine(_directory, string.Create(CultureInfo.InvariantCulture, $"api-{Interlocked.Increment(ref _apis)}.log"));
        return await ApiProcess.StartAsync(settings, port, logFile, waitUntilReady, cancellationToken);
    }

    /// <summary>The logs of all API processes there were.</summary>
    public IEnumerable<string> ReadApiLogs() => Directory.EnumerateFiles(_directory, "api-*.log").Order(StringComparer.Ordinal).Select(ApiProcess.ReadLog);

    public async ValueTask DisposeAsync()
    {
        while (_parts.TryPop(out var part))
        {
            try
            {
                await part.DisposeAsync();
            }
            catch (Exception e)
            {
                // The other parts must stop all the same.
                await _log.WriteLineAsync(e.Message);
            }
        }
        if (Directory.Exists(_directory))
            Directory.Delete(_directory, recursive: true);
    }

    private async Task StartPartsAsync(CancellationToken cancellationToken)
    {
        var site = Own(await Site.ChooseAsync(_directory, _options.PgBin, cancellationToken));
        var started = TimeProvider.System.GetTimestamp();
        var primary = Own(await site.AddMachineAsync("primary", cancellationToken));
        Primary = Own(new Primary(primary, _options.PrimaryClockOffset));
        await Primary.CreateAsync(cancellationToken);
        var database = Own(NpgsqlDataSource.Create(Primary.ConnectionString));
        Log("Primary started");

        var random = new Random(_options.Seed);
        var subscribers = new Subscribers(_options.Accounts, random);
        var generator = new CdrGenerator(subscribers, random);
        Account = subscribers.Busiest.Id;
        _keys = [new("sandbox", "cdrs:read:all"), new(string.Create(CultureInfo.InvariantCulture, $"account{Account}"), "cdrs:read", Account)];

        await SqlScript.RunAsync(database, "schema.sql", cancellationToken);
        await LoadAsync(database, subscribers, generator, random, cancellationToken);
        await SqlScript.RunAsync(database, "deploy/indexes.sql", cancellationToken);
        await SqlScript.RunAsync(database, "deploy/roles.sql", cancellationToken);
        await ExecuteAsync($"ALTER ROLE {Primary.Replicator} PASSWORD '{_replicatorPassword}'");
        await ExecuteAsync($"ALTER ROLE {Reader} PASSWORD '{_readerPassword}'");
        await ExecuteAsync("VACUUM (ANALYZE)");
        Log("Indexed and analyzed");

        for (var number = 1; number <= _options.Standbys; number++)
        {
            var name = string.Create(CultureInfo.InvariantCulture, $"standby{number}");
            var machine = Own(await site.AddMachineAsync(name, cancellationToken));
            var standby = Own(new Standby(machine, name, Primary));
            await standby.CreateAsync(_replicatorPassword, cancellationToken);
            // It may have restarted the primary, which ended the pool's connections.
            database.Clear();
            await Primary.WaitForAsync(database, standby.Slot, cancellationToken);
            // A first commit after the copy: from it on the standby can tell how fresh it is.
            await ExecuteAsync("SELECT pg_logical_emit_message(true, 'sandbox', 'streams')");
            await Primary.WaitForAsync(database, standby.Slot, cancellationToken);
            _standbys.Add(standby);
            Log($"{name} streams");
        }

        if (_options.CallsPerSecond > 0)
            Own(new LiveTraffic(database, generator, _options.CallsPerSecond, TimeProvider.System));
        if (_options.StartApi)
        {
            Api = Own(await StartApiAsync(port: _options.Port, cancellationToken: cancellationToken));
            Log("API ready");
        }

        async Task ExecuteAsync(string sql)
        {
            await using var command = database.CreateCommand(sql);
            command.CommandTimeout = 0;
            await command.ExecuteNonQueryAsync(cancellationToken);
        }

        void Log(string what) => _log.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{what} ({TimeProvider.System.GetElapsedTime(started).TotalSeconds:F1} s)"));
    }

    private async Task LoadAsync(NpgsqlDataSource database, Subscribers subscribers, CdrGenerator generator, Random random, CancellationToken cancellationToken)
    {
        var now = TimeProvider.System.GetUtcNow().UtcDateTime;
        var anchor = new DateTime(now.Year, now.Month, now.Day, now.Hour, 0, 0, DateTimeKind.Utc);
        using var progress = new ProgressBar(_log, string.Create(CultureInfo.InvariantCulture, $"{_options.Rows:N0} CDRs"), _options.Rows);
        await Task.Run(() =>
        {
            SampleData.CopyReference(database, subscribers);
            var calls = CallSchedule.Ends(anchor, CdrGenerator.CallsFor(_options.Rows), random).Select(generator.Next);
            SampleData.CopyCalls(database, calls, _options.Rows, progress, cancellationToken);
        }, cancellationToken);
    }

    private T Own<T>(T part) where T : IAsyncDisposable
    {
        _parts.Push(part);
        return part;
    }
}
