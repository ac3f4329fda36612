using System.Runtime.CompilerServices;
using CdrSandbox;
using Npgsql;

namespace CdrApi.Tests.Deploy;

/// <summary>A primary apart, on which the files and scripts of deploy/postgres are tried, and a standby that cdrapi-replica makes of it.</summary>
public sealed class DeploySandbox : IAsyncLifetime
{
    public const int Cdrs = 2000;

    private Sandbox? _sandbox;
    private string _directory = "";
    private ReplicaDirectory? _standby;

    public Sandbox Sandbox => _sandbox!;

    /// <summary>As a superuser.</summary>
    public NpgsqlDataSource Primary { get; private set; } = null!;

    /// <summary>The part of the replicator's password that is the same however it is escaped.</summary>
    public string Secret { get; } = Guid.NewGuid().ToString("N");

    public string ReplicatorPassword => Secret + ":\\";

    /// <summary>As it stands in a passfile.</summary>
    public string EscapedPassword => Secret + "\\:\\\\";

    public string ReaderPassword { get; } = Guid.NewGuid().ToString("N");

    public static string Scripts { get; } = Path.GetFullPath(Path.Combine(Here(), "../../../deploy/postgres"));

    public async Task StartAsync(TestSandbox whereThereIsAServer)
    {
        Tool.NeedsClients(whereThereIsAServer.Sandbox);
        if (_sandbox is not null)
        {
            return;
        }

        _directory = Directory.CreateTempSubdirectory("cdr-api-deploy-").FullName;
        // The servers' user passes through to what is its own.
        File.SetUnixFileMode(_directory, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute);
        _sandbox = await Sandbox.StartAsync(new SandboxOptions { Rows = Cdrs, Accounts = 20, Standbys = 0, CallsPerSecond = 0, StartApi = false }, TextWriter.Null);
        Primary = NpgsqlDataSource.Create(Sandbox.Primary.ConnectionString + ";Pooling=false");
        await ExecuteAsync("ALTER SYSTEM SET wal_level = logical");
        await ExecuteAsync("ALTER SYSTEM SET work_mem = '5MB'");
        await Sandbox.Primary.StopAsync();
        await Sandbox.Primary.StartAsync();
        await SetPasswordsAsync();
    }

    public Task SetPasswordsAsync() =>
        ExecuteAsync($"ALTER ROLE cdr_replicator PASSWORD '{ReplicatorPassword}'; ALTER ROLE cdr_reader PASSWORD '{ReaderPassword}'");

    public async Task ExecuteAsync(string sql)
    {
        await using var command = Primary.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }

    /// <summary>An empty place for a standby, for the servers' user.</summary>
    internal ReplicaDirectory AddDirectory() => new(this, Directory.CreateDirectory(Path.Combine(_directory, Path.GetRandomFileName().Replace(".", "", StringComparison.Ordinal))).FullName);

    /// <summary>Made on first use, in a directory where the operator has settings already.</summary>
    internal async Task<ReplicaDirectory> StandbyAsync()
    {
        if (_standby is null)
        {
            var standby = AddDirectory();
            standby.WriteOperatorsSettings();
            var made = await standby.RunAsync();
            made.ExitCode.Should().Be(0, made.Output);
            made.Output.Should().MatchRegex(@"streams from .* [0-9]+ bytes and ([0-9.]+|\?) s behind");
            _standby = standby;
        }

        return _standby;
    }

    /// <summary>psql as the operator runs it.</summary>
    internal async Task<ScriptResult> PsqlAsync(string file, string? database = null, params string[] more) => await Script.RunAsync(
        Path.Combine(Sandbox.PgBin!, "psql"), ["-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", database ?? Sandbox.Primary.Uri, .. more, "-f", Path.Combine(Scripts, file)]);

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        if (_sandbox is not null)
        {
            foreach (var directory in Directory.GetDirectories(_directory))
            {
                await Script.RunAsync(Path.Combine(Sandbox.PgBin!, "pg_ctl"), ["stop", "-m", "immediate", "-D", Path.Combine(directory, "cluster/data")], asServersUser: true);
            }

            await Primary.DisposeAsync();
            await _sandbox.DisposeAsync();
            Directory.Delete(_directory, recursive: true);
        }
    }

    private static string Here([CallerFilePath] string file = "") => Path.GetDirectoryName(file)!;
}

[CollectionDefinition(Name)]
public sealed class DeployPostgres : ICollectionFixture<DeploySandbox>
{
    public const string Name = "deploy/postgres";
}
