using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using CdrApi.Tests.Http;

namespace CdrApi.Tests;

/// <summary>Somebody who calls the API, with or without a key. What it answers must be what its OpenAPI document says.</summary>
public sealed class ApiCaller(Uri url, string? key, bool smallReceiveBuffer = false)
{
    private static readonly HttpClient Http = new(new SocketsHttpHandler { SslOptions = { RemoteCertificateValidationCallback = Deploy.TestCertificate.IsTrusted } })
    {
        Timeout = TimeSpan.FromMinutes(2),
    };

    /// <summary>Left to itself, the kernel lets a socket of a client that does not read grow to 32 MB: more than a compressed answer has.</summary>
    private static readonly HttpClient SmallBuffers = new(new SocketsHttpHandler { ConnectCallback = ConnectAsync })
    {
        Timeout = TimeSpan.FromMinutes(2),
    };

    public async Task<HttpResponseMessage> SendAsync(
        string path, HttpMethod? method = null, bool streamed = false, IReadOnlyDictionary<string, string>? headers = null,
        HttpContent? content = null)
    {
        var request = new HttpRequestMessage(method ?? HttpMethod.Get, url + path.TrimStart('/')) { Content = content };
        if (key is not null)
        {
            Secrets.Add(key);
            // A token has dots, an API key has none; a session has a prefix of its own.
            var (name, value) = key.Contains('.', StringComparison.Ordinal) || key.StartsWith("cdrs_", StringComparison.Ordinal) ? ("Authorization", $"Bearer {key}") : ("X-API-Key", key);
            request.Headers.TryAddWithoutValidation(name, value);
        }

        foreach (var (name, value) in headers ?? new Dictionary<string, string>())
        {
            request.Headers.Add(name, value);
            if (name is "X-API-Key" or "Authorization")
            {
                Secrets.Add(value[(value.LastIndexOf(' ') + 1)..]);
            }
        }

        var response = await (smallReceiveBuffer ? SmallBuffers : Http).SendAsync(request,
            streamed ? HttpCompletionOption.ResponseHeadersRead : HttpCompletionOption.ResponseContentRead,
            TestContext.Current.CancellationToken);
        await OpenApiContract.Current.CheckAsync(response, streamed);
        return response;
    }

    public async Task<JsonElement> GetAsync(string path, HttpStatusCode expected = HttpStatusCode.OK)
    {
        using var response = await SendAsync(path);
        var body = await response.Content.ReadAsStringAsync();
        response.StatusCode.Should().Be(expected, "GET {0} answered {1}", path, body[..Math.Min(500, body.Length)]);
        return JsonDocument.Parse(body).RootElement;
    }

    public async Task<JsonElement> PostAsync(string path, string json, HttpStatusCode expected = HttpStatusCode.OK)
    {
        using var response = await SendAsync(path, HttpMethod.Post, content: new StringContent(json, Encoding.UTF8, "application/json"));
        var body = await response.Content.ReadAsStringAsync();
        response.StatusCode.Should().Be(expected, "POST {0} answered {1}", path, body[..Math.Min(500, body.Length)]);
        return JsonDocument.Parse(body).RootElement;
    }

    /// <summary>The rows of a list, each as the text that tells it apart: names and values, in order.</summary>
    public async Task<List<string>> GetRowsAsync(string path) =>
        [.. (await GetAsync(path)).GetProperty("data").EnumerateArray().Select(Rows.ToText)];

    private static async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellation)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true, ReceiveBufferSize = 64 * 1024 };
        try
        {
            await socket.ConnectAsync(context.DnsEndPoint, cancellation);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
