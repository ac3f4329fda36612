using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace CdrApi.Tests.Deploy;

/// <summary>
/// Stands for an instance of the service where a test needs one that misbehaves. It notes the head of each request, and leaves the answer to the test;
/// then it closes the connection.
/// </summary>
internal sealed class RawUpstream : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly ConcurrentQueue<string> _heads = new();
    private readonly Func<string, Socket, Task> _answer;
    private readonly Task _serving;

    public RawUpstream(Func<string, Socket, Task> answer)
    {
        _answer = answer;
        _listener.Start();
        _serving = ServeAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    public IReadOnlyCollection<string> Heads => _heads;

    public static Task SendAsync(Socket socket, string text) => socket.SendAsync(Encoding.Latin1.GetBytes(text));

    /// <summary>A short answer that is complete.</summary>
    public static Task AnswerAsync(Socket socket, string body = "{}") =>
        SendAsync(socket, $"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: {body.Length}\r\n\r\n{body}");

    public async ValueTask DisposeAsync()
    {
        _listener.Stop();
        await _serving;
    }

    private async Task ServeAsync()
    {
        var answering = new List<Task>();
        try
        {
            while (true)
            {
                answering.Add(ServeAsync(await _listener.AcceptSocketAsync()));
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            await Task.WhenAll(answering);
        }
    }

    private async Task ServeAsync(Socket socket)
    {
        using (socket)
        {
            try
            {
                var head = "";
                var block = new byte[64 * 1024];
                while (!head.Contains("\r\n\r\n", StringComparison.Ordinal))
                {
                    var n = await socket.ReceiveAsync(block);
                    if (n == 0)
                    {
                        return;
                    }

                    head += Encoding.Latin1.GetString(block, 0, n);
                }

                _heads.Enqueue(head);
                await _answer(head, socket);
            }
            catch (SocketException)
            {
                // nginx has left.
            }
        }
    }
}
