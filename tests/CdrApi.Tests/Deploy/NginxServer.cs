using System.ComponentModel;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Text.Json;
using CdrSandbox;

namespace CdrApi.Tests.Deploy;

/// <summary>
/// nginx with the files of deploy/nginx, on loopback: only name, addresses, instances and directories are the tests' own. Where there is no nginx, the
/// tests are skipped, and say so.
/// </summary>
internal sealed class NginxServer : IAsyncDisposable
{
    /// <summary>For <c>exempt</c>: whoever asks, but from an address of its own choice.</summary>
    public static readonly IReadOnlyList<string> Everybody = ["127.0.0.1", "::1"];

    /// <summary>For <c>site</c>: who asks is what a test says it is.</summary>
    public const string PretendedAddresses = "set_real_ip_from 127.0.0.1; real_ip_header Test-Address;";

    private readonly string _directory = Directory.CreateTempSubdirectory("cdr-api-nginx-").FullName;
    private readonly int _port = FreePort.Next();
    private Process? _process;

    /// <summary>Not on everybody's path.</summary>
    public static string Program { get; } = new[] { "/usr/sbin/nginx", "/usr/local/sbin/nginx" }.FirstOrDefault(File.Exists) ?? "nginx";

    /// <summary>deploy/nginx.</summary>
    public static string Deployed { get; } = Path.GetFullPath(Path.Combine(Here(), "../../../deploy/nginx"));

    /// <summary>By name: who asks for an address is refused.</summary>
    public Uri Url => new($"https://localhost:{_port}");

    /// <summary>Of the tests' certification authority.</summary>
    public string CaFile => Path.Combine(_directory, "ca.pem");

    /// <summary>A line for each request that has ended, oldest first.</summary>
    public IReadOnlyList<JsonElement> ReadAccessLog() =>
        [.. File.ReadAllLines(Path.Combine(_directory, "cdrapi.log")).Select(line => JsonDocument.Parse(line).RootElement)];

    /// <summary>All that it has written, wherever.</summary>
    public string ReadLogs() => string.Join('\n', Directory.EnumerateFiles(_directory, "*.log").Select(File.ReadAllText));

    /// <param name="instances">The ports of the service.</param>
    /// <param name="exempt">Addresses without a limit.</param>
    /// <param name="site">Further lines of the operator's.</param>
    /// <param name="edits">What stands otherwise in the files: times that a test need not wait for.</param>
    public static async Task<NginxServer> StartAsync(
        IEnumerable<int> instances, IReadOnlyList<string>? exempt = null, string site = "", params IReadOnlyList<(string Old, string New)> edits)
    {
        var server = new NginxServer();
        try
        {
            server.WriteFiles(instances, exempt, site, edits);
            await server.StartAsync();
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <param name="version">1.1 or 2.0, which must be spoken.</param>
    /// <param name="from">An address of this machine.</param>
    public HttpClient CreateClient(string version = "1.1", string from = "127.0.0.1")
    {
        var handler = new SocketsHttpHandler
        {
            SslOptions = { RemoteCertificateValidationCallback = TestCertificate.IsTrusted },
            ConnectCallback = async (_, cancellation) =>
            {
                var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true, ReceiveBufferSize = 64 * 1024 };
                socket.Bind(new IPEndPoint(IPAddress.Parse(from), 0));
                await socket.ConnectAsync(IPAddress.Loopback, _port, cancellation);
                return new NetworkStream(socket, ownsSocket: true);
            },
        };
        return new HttpClient(handler)
        {
            BaseAddress = Url,
            DefaultRequestVersion = new Version(version),
            DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Timeout = TimeSpan.FromMinutes(2),
        };
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is not null)
        {
            // Its workers end with it; killed, it would leave them.
            using var stop = Process.Start("kill", ["-TERM", $"{_process.Id}"]);
            await stop.WaitForExitAsync();
            await _process.WaitForExitAsync();
            _process.Dispose();
        }

        Directory.Delete(_directory, recursive: true);
    }

    private void WriteFiles(IEnumerable<int> instances, IReadOnlyList<string>? exempt, string site, IReadOnlyList<(string Old, string New)> edits)
    {
        // Its workers are another user.
        File.SetUnixFileMode(_directory, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute);
        edits = [.. edits, ("listen 443 ", $"listen 127.0.0.1:{_port} "), ("listen [::]:443 ssl http2;", HasIPv6() ? $"listen [::1]:{_port} ssl http2;" : ""), ("/var/log/nginx/", _directory + "/"),
            ("cdrs.example.com", "localhost"), ("/etc/cdrapi/tls/", _directory + "/")];
        var missing = edits.Select(e => e.Old).ToHashSet();
        foreach (var file in Directory.EnumerateFiles(Deployed, "*.conf", SearchOption.AllDirectories))
        {
            var text = File.ReadAllText(file);
            missing.RemoveWhere(text.Contains);
            var copy = Path.Combine(_directory, Path.GetRelativePath(Deployed, file) switch
            {
                "cdrapi.conf" => "cdrapi.conf",
                var path when path.StartsWith("site/", StringComparison.Ordinal) => "cdrapi/" + path,
                var path => path,
            });
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.WriteAllText(copy, edits.Aggregate(text, (t, e) => t.Replace(e.Old, e.New, StringComparison.Ordinal)));
        }

        missing.Should().BeEmpty("the files of deploy/nginx hold what is edited");
        WriteSite(instances, exempt, site);
        TestCertificate.WriteTo(_directory);
        var temporary = string.Join('\n', new[] { "client_body", "proxy", "fastcgi", "uwsgi", "scgi" }.Select(name => $"{name}_temp_path {_directory}/{name};"));
        File.WriteAllText(Path.Combine(_directory, "nginx.conf"), $$"""
            daemon off;
            pid {{_directory}}/nginx.pid;
            error_log {{_directory}}/error.log;
            worker_processes 2;
            events { worker_connections 4096; }
            http {
            {{temporary}}
            include cdrapi.conf;
            }
            """);
    }

    private void WriteSite(IEnumerable<int> instances, IReadOnlyList<string>? exempt, string site)
    {
        var directory = Path.Combine(_directory, "cdrapi", "site");
        var examples = File.ReadAllLines(Path.Combine(directory, "instances.conf")).Where(l => l.StartsWith("server 127.0.0.1:3001 ", StringComparison.Ordinal));
        File.WriteAllLines(Path.Combine(directory, "instances.conf"), examples.SelectMany(e => instances.Select(port => e.Replace(":3001", $":{port}", StringComparison.Ordinal))));
        File.WriteAllLines(Path.Combine(directory, "exempt.conf"), (exempt ?? []).Select(address => address + " 1;"));
        File.AppendAllText(Path.Combine(directory, "server.conf"), site + "\n");
    }

    private async Task StartAsync()
    {
        try
        {
            string[] arguments = ["-p", _directory, "-c", Path.Combine(_directory, "nginx.conf"), "-e", Path.Combine(_directory, "error.log")];
            _process = Process.Start(new ProcessStartInfo(Program, arguments))!;
        }
        catch (Win32Exception)
        {
            Assert.Skip("Needs nginx: install nginx.");
        }

        await Eventually.BecomesTrueAsync(async () =>
        {
            if (_process!.HasExited)
            {
                Assert.Fail("nginx does not start: " + ReadLogs());
            }

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

    /// <summary>Many containers have none.</summary>
    private bool HasIPv6()
    {
        try
        {
            using var socket = new Socket(AddressFamily.InterNetworkV6, SocketType.Stream, ProtocolType.Tcp);
            socket.Bind(new IPEndPoint(IPAddress.IPv6Loopback, _port));
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private static string Here([CallerFilePath] string file = "") => Path.GetDirectoryName(file)!;
}
