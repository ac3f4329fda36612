using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text.Json;

namespace CdrSandbox.Postgres;

/// <summary>
/// Testcontainers speaks a newer API version than engines such as Debian 12's understand, and does not negotiate:
/// the engine is asked for its own first.
/// </summary>
internal static class DockerEngine
{
    private const string Variable = "DOCKER_API_VERSION";
    private const string Socket = "/var/run/docker.sock";

    public static async Task AdoptItsVersionAsync(CancellationToken cancellationToken)
    {
        if (Environment.GetEnvironmentVariable(Variable) is not null || Environment.GetEnvironmentVariable("DOCKER_HOST") is not null || !File.Exists(Socket))
            return;

        using var client = new HttpClient(new SocketsHttpHandler { ConnectCallback = ConnectAsync }) { Timeout = TimeSpan.FromSeconds(5) };
        try
        {
            var version = await client.GetFromJsonAsync<JsonElement>("http://docker/version", cancellationToken);
            Environment.SetEnvironmentVariable(Variable, version.GetProperty("ApiVersion").GetString());
        }
        catch (Exception e) when (e is HttpRequestException or TaskCanceledException or JsonException && !cancellationToken.IsCancellationRequested)
        {
            // No engine behind the socket: Testcontainers finds out, and says so.
        }
    }

    private static async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellationToken)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(Socket), cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
