using System.Net;
using System.Net.Sockets;

namespace CdrSandbox;

/// <summary>A TCP port on the loopback address that nobody listens on.</summary>
public static class FreePort
{
    // Below the range that outgoing connections draw from, so that none of them takes
    // the port of a server while a test has it stopped.
    private const int First = 20_000;
    private const int Last = 32_000;

    /// <summary>Nobody listens on it now.</summary>
    public static int Next()
    {
        while (true)
        {
            var port = Random.Shared.Next(First, Last);
            using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            try
            {
                socket.Bind(new IPEndPoint(IPAddress.Loopback, port));
                return port;
            }
            catch (SocketException)
            {
                // Taken: draw again.
            }
        }
    }
}
