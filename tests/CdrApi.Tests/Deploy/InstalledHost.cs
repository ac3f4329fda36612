using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;

namespace CdrApi.Tests.Deploy;

/// <summary>An empty host on which deploy/install.sh has run: standby, instances, nginx, firewall, monitoring, backups.</summary>
public sealed partial class InstalledHost : IAsyncLifetime
{
    public const string ServerName = "cdrs.example.com";

    private readonly string _directory = Directory.CreateTempSubdirectory("cdr-api-package-").FullName;
    private TcpRelay? _primary;
    private Task? _started;
    private Npgsql.NpgsqlDataSource? _slots;

    internal HostMachine Machine { get; private set; } = null!;

    /// <summary>The first key, as the installation shows it.</summary>
    internal string ApiKey { get; private set; } = "";

    /// <summary>What the installation was told.</summary>
    internal string[] Options { get; private set; } = [];

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    /// <summary>Once for all tests; what fails fails each of them.</summary>
    internal Task StartAsync(TestSandbox sandbox) => _started ??= StartOnceAsync(sandbox);

    private async Task StartOnceAsync(TestSandbox sandbox)
    {
        // Skips where there is no server.
        var primary = sandbox.Sandbox.Primary;
        await Tool.MustAsync("bash", Path.Combine(Here(), "../../../deploy/publish.sh"), _directory);
        var machine = await HostMachine.StartAsync();
        _slots = sandbox.Primary;
        Machine = machine;
        _primary = new TcpRelay(IPAddress.Parse(HostMachine.Here), primary.Address);
        await machine.WriteAsync("/root/replicator", sandbox.Sandbox.ReplicatorPassLine(primary).Split(':')[^1]);
        await machine.WriteAsync("/root/reader", new Npgsql.NpgsqlConnectionStringBuilder(sandbox.Sandbox.ReaderConnectionString).Password!);
        await machine.CopyAsync(Path.Combine(_directory, "cdrapi-linux-x64.tar.gz"), "/root/cdrapi.tar.gz");
        await machine.MustAsync("tar", "-C", "/root", "-xzf", "/root/cdrapi.tar.gz");
        Options =
        [
            "--server-name", ServerName, "--self-signed",
            "--primary", string.Create(CultureInfo.InvariantCulture, $"{HostMachine.Here}:{_primary.Port}"),
            "--replicator-password", "/root/replicator", "--reader-password", "/root/reader",
            "--caller", HostMachine.Here, "--administrator", HostMachine.Here, "--exempt", HostMachine.Here,
        ];
        ApiKey = KeyOf(await InstallAsync());
    }

    internal Task<string> InstallAsync(params string[] further) => Machine.MustAsync(["/root/cdrapi/deploy/install.sh", .. Options, .. further]);

    /// <summary>As a caller elsewhere: by the name, to that host, trusting its certificate only.</summary>
    internal async Task<HttpClient> CallerAsync()
    {
        var pem = await Machine.MustAsync("cat", "/etc/cdrapi/tls/fullchain.pem");
        var certificate = System.Security.Cryptography.X509Certificates.X509Certificate2.CreateFromPem(pem);
        return new HttpClient(new SocketsHttpHandler
        {
            ConnectCallback = async (_, cancellation) =>
            {
                var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
                await socket.ConnectAsync(IPAddress.Parse(HostMachine.There), 443, cancellation);
                return new NetworkStream(socket, ownsSocket: true);
            },
            SslOptions = { RemoteCertificateValidationCallback = (_, given, _, _) => given?.GetCertHashString() == certificate.GetCertHashString() },
        })
        {
            BaseAddress = new Uri("https://" + ServerName),
            DefaultRequestHeaders = { { "X-API-Key", ApiKey } },
        };
    }

    public async ValueTask DisposeAsync()
    {
        if (Machine is not null)
        {
            await Machine.DisposeAsync();
        }

        _primary?.Dispose();
        if (_slots is { } slots)
        {
            // What the standby there has left on the primary of all tests.
            await Eventually.BecomesTrueAsync(async () => await slots.ScalarAsync<long>("SELECT count(*) FROM pg_replication_slots WHERE slot_name LIKE 'cdrapi%' AND active") == 0);
            await slots.ScalarAsync<long>("SELECT count(pg_drop_replication_slot(slot_name)) FROM pg_replication_slots WHERE slot_name LIKE 'cdrapi%'");
        }

        Directory.Delete(_directory, recursive: true);
    }

    internal static string KeyOf(string output)
    {
        var key = Key().Match(output).Value;
        key.Should().NotBeEmpty("the installation shows the first key: {0}", output);
        Secrets.Add(key);
        return key;
    }

    [GeneratedRegex(@"cdr_administrator_[0-9a-f]+")]
    private static partial Regex Key();

    private static string Here([CallerFilePath] string file = "") => Path.GetDirectoryName(file)!;
}
