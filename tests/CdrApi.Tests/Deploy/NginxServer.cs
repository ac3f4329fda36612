using System.ComponentModel;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using CdrSandbox;

namespace CdrApi.Tests.Deploy;

/// <summary>
/// nginx with the files of deploy/nginx, on loopback; only those of site/ are the tests' own. Where there is no nginx, the tests are skipped, and say so.
/// </summary>
internal sealed class NginxServer : IAsyncDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("cdr-api-nginx-").FullName;
    private readonly int _port = FreePort.Next();
    private Process? _process;

    public Uri Url => new($"https://127.0.0.1:{_port}");

    /// <summary>A line for each request.</summary>
    public string ReadAccessLog() => File.ReadAllText(Path.Combine(_directory, "access.log"));

    public string ReadErrorLog() => File.ReadAllText(Path.Combine(_directory, "error.log"));

    /// <param name="instances">The ports of the service.</param>
    /// <param name="exempt">Addresses without a limit.</param>
    public static async Task<NginxServer> StartAsync(IEnumerable<int> instances, params string[] exempt)
    {
        var server = new NginxServer();
        try
        {
            server.WriteFiles(instances, exempt);
            await server.StartAsync();
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
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

    private void WriteFiles(IEnumerable<int> instances, string[] exempt)
    {
        // Its workers are another user.
        File.SetUnixFileMode(_directory, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute);
        var deploy = Path.GetFullPath(Path.Combine(Here(), "../../../deploy/nginx"));
        var site = Path.Combine(_directory, "cdrapi", "site");
        Directory.CreateDirectory(site);
        File.Copy(Path.Combine(deploy, "cdrapi.conf"), Path.Combine(_directory, "cdrapi.conf"));
        foreach (var file in Directory.EnumerateFiles(Path.Combine(deploy, "cdrapi")))
        {
            File.Copy(file, Path.Combine(_directory, "cdrapi", Path.GetFileName(file)));
        }

        var examples = File.ReadAllLines(Path.Combine(deploy, "site/instances.conf")).Where(l => l.StartsWith("server 127.0.0.1:3001 ", StringComparison.Ordinal));
        File.WriteAllLines(Path.Combine(site, "instances.conf"), examples.SelectMany(e => instances.Select(port => e.Replace(":3001", $":{port}", StringComparison.Ordinal))));
        File.WriteAllLines(Path.Combine(site, "exempt.conf"), exempt.Select(address => address + " 1;"));
        TestCertificate.WriteTo(Path.Combine(_directory, "certificate.pem"), Path.Combine(_directory, "key.pem"));
        File.WriteAllText(Path.Combine(site, "server.conf"), $"""
            listen 127.0.0.1:{_port} ssl http2;
            ssl_certificate {_directory}/certificate.pem;
            ssl_certificate_key {_directory}/key.pem;
            access_log {_directory}/access.log cdrapi;
            """);
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

    private async Task StartAsync()
    {
        var program = new[] { "/usr/sbin/nginx", "/usr/local/sbin/nginx" }.FirstOrDefault(File.Exists) ?? "nginx";
        try
        {
            string[] arguments = ["-p", _directory, "-c", Path.Combine(_directory, "nginx.conf"), "-e", Path.Combine(_directory, "error.log")];
            _process = Process.Start(new ProcessStartInfo(program, arguments))!;
        }
        catch (Win32Exception)
        {
            Assert.Skip("Needs nginx: install nginx.");
        }

        await Eventually.BecomesTrueAsync(async () =>
        {
            if (_process!.HasExited)
            {
                Assert.Fail("nginx does not start: " + ReadErrorLog());
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

    private static string Here([CallerFilePath] string file = "") => Path.GetDirectoryName(file)!;
}
