using System.Net;
using System.Net.Sockets;

namespace CdrApi.Tests.Deploy;

/// <summary>Passes connections to an address of this machine on to a server that listens on loopback only.</summary>
internal sealed class TcpRelay : IDisposable
{
    private readonly TcpListener _listener;
    private readonly CancellationTokenSource _end = new();

    public TcpRelay(IPAddress address, DnsEndPoint server)
    {
        _listener = new TcpListener(address, 0);
        _listener.Start();
        _ = AcceptAsync(server);
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    public void Dispose()
    {
        _end.Cancel();
        _listener.Dispose();
        _end.Dispose();
    }

    private async Task AcceptAsync(DnsEndPoint server)
    {
        var end = _end.Token;
        while (!end.IsCancellationRequested)
        {
            var client = await _listener.AcceptTcpClientAsync(end);
            _ = PassAsync(client, server, end);
        }
    }

    private static async Task PassAsync(TcpClient client, DnsEndPoint server, CancellationToken end)
    {
        using (client)
        using (var upstream = new TcpClient())
        {
            await upstream.ConnectAsync(server.Host, server.Port, end);
            await Task.WhenAny(client.GetStream().CopyToAsync(upstream.GetStream(), end), upstream.GetStream().CopyToAsync(client.GetStream(), end));
        }
    }
}
