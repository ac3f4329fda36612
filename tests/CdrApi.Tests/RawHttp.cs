using System.Globalization;
using System.Net.Security;
using System.Net.Sockets;
using System.Text;

namespace CdrApi.Tests;

/// <summary>HTTP/1 byte by byte over a connection of its own, with TLS where the address says so: what a client library would hide.</summary>
internal sealed class RawHttp : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);
    private readonly Stream _stream;
    private readonly string _host;
    private readonly StreamReader _reader;

    private RawHttp(Stream stream, string host)
    {
        _stream = stream;
        _host = host;
        // One byte a character, so that lengths in bytes are lengths in characters.
        _reader = new StreamReader(stream, Encoding.Latin1);
    }

    public static async Task<RawHttp> ConnectAsync(Uri url)
    {
        var client = new TcpClient { ReceiveBufferSize = 64 * 1024 };
        await client.ConnectAsync(url.Host, url.Port);
        if (url.Scheme == Uri.UriSchemeHttp)
        {
            return new RawHttp(client.GetStream(), url.Host);
        }

        var tls = new SslStream(client.GetStream(), false, Deploy.TestCertificate.IsTrusted);
        await tls.AuthenticateAsClientAsync(url.Host);
        return new RawHttp(tls, url.Host);
    }

    /// <summary>Sends a request without a body; each header on a line.</summary>
    public Task SendAsync(string requestLine, params string[] headers) =>
        SendTextAsync(string.Join("\r\n", [requestLine, "Host: " + _host, .. headers]) + "\r\n\r\n");

    /// <summary>Sends this and nothing else.</summary>
    public async Task SendTextAsync(string text) => await _stream.WriteAsync(Encoding.Latin1.GetBytes(text));

    /// <summary>An answer, to the end that its framing gives it.</summary>
    public async Task<RawAnswer> ReceiveAsync(bool isHead = false)
    {
        var (status, headers) = await ReceiveHeadAsync();
        var body = new StringBuilder();
        var trailers = new List<string>();
        if (isHead)
        {
        }
        else if (headers.TryGetValue("Transfer-Encoding", out var coding))
        {
            coding.Should().Be("chunked");
            while (int.Parse(await LineAsync(), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture) is var length and > 0)
            {
                body.Append(await ExactlyAsync(length));
                (await LineAsync()).Should().BeEmpty("a chunk ends with its line");
            }

            while (await LineAsync() is { Length: > 0 } trailer)
            {
                trailers.Add(trailer);
            }
        }
        else if (headers.TryGetValue("Content-Length", out var length))
        {
            body.Append(await ExactlyAsync(int.Parse(length, CultureInfo.InvariantCulture)));
        }
        else
        {
            body.Append(await ReceiveRestAsync());
        }

        return new RawAnswer(status, headers, Encoding.UTF8.GetString(Encoding.Latin1.GetBytes(body.ToString())), Fields(trailers));
    }

    public async Task<(string Status, Dictionary<string, string> Headers)> ReceiveHeadAsync()
    {
        var status = await LineAsync();
        var headers = new List<string>();
        while (await LineAsync() is { Length: > 0 } header)
        {
            headers.Add(header);
        }

        return (status, Fields(headers));
    }

    /// <summary>All until the connection ends, whether it is closed or reset.</summary>
    public async Task<string> ReceiveRestAsync()
    {
        var rest = new StringBuilder();
        var block = new char[16 * 1024];
        try
        {
            while (await _reader.ReadAsync(block).AsTask().WaitAsync(Patience) is var n and > 0)
            {
                rest.Append(block, 0, n);
            }
        }
        catch (IOException)
        {
            // Reset.
        }

        return rest.ToString();
    }

    public void Dispose() => _stream.Dispose();

    private static Dictionary<string, string> Fields(IEnumerable<string> lines) => lines.Select(line => line.Split(": ", 2))
        .GroupBy(f => f[0], f => f[1], StringComparer.OrdinalIgnoreCase)
        .ToDictionary(f => f.Key, f => string.Join(", ", f), StringComparer.OrdinalIgnoreCase);

    private async Task<string> LineAsync() =>
        await _reader.ReadLineAsync().WaitAsync(Patience) ?? throw new IOException("The connection ended within an answer.");

    private async Task<string> ExactlyAsync(int length)
    {
        var text = new char[length];
        (await _reader.ReadBlockAsync(text).AsTask().WaitAsync(Patience)).Should().Be(length);
        return new string(text);
    }
}

internal sealed record RawAnswer(
    string Status, IReadOnlyDictionary<string, string> Headers, string Body, IReadOnlyDictionary<string, string> Trailers);
