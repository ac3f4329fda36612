using System.IO.Compression;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace CdrApi.Tests.Deploy;

/// <summary>nginx hands on what the service answers: all of it, at once where that is wanted, and what is cut off as cut off.</summary>
public sealed class NginxAnswerTests(TestSandbox sandbox)
{
    private const int Rows = 100_000;

    [Theory]
    [InlineData("1.1", "ndjson", "")]
    [InlineData("1.1", "csv", "gzip")]
    [InlineData("2.0", "json", "")]
    [InlineData("2.0", "ndjson", "gzip")]
    public async Task An_answer_of_100000_CDRs_arrives_byte_for_byte(string version, string format, string encoding)
    {
        await using var nginx = await NginxServer.StartAsync([sandbox.Api.Url.Port]);
        using var through = nginx.CreateClient(version);
        using var direct = new HttpClient { BaseAddress = sandbox.Api.Url };
        var path = $"/cdrs?type=all&limit={Rows}&format={format}";

        var expected = await BodyAsync(direct, path, encoding: "");
        var actual = await BodyAsync(through, path, encoding);

        if (format == "ndjson")
        {
            expected.Count((byte)'\n').Should().Be(Rows);
        }

        expected.Length.Should().BeGreaterThan(100 * Rows);
        actual.AsSpan().SequenceEqual(expected).Should().BeTrue();
    }

    [Theory]
    [InlineData("1.1")]
    [InlineData("2.0")]
    public async Task A_download_from_an_instance_that_is_killed_has_no_proper_end(string version)
    {
        await using var api = await sandbox.Sandbox.StartApiAsync();
        await using var nginx = await NginxServer.StartAsync([api.Url.Port]);
        using var http = nginx.CreateClient(version);
        using var response = await SendAsync(http, "/cdrs?type=all&limit=1000000&fields=all&format=ndjson");
        response.StatusCode.Should().Be(HttpStatusCode.OK);

        api.Process.Kill();
        await api.Process.WaitForExitAsync();

        await MustBreakOffAsync(response);
    }

    [Theory]
    [InlineData("1.1", false)]
    [InlineData("1.1", true)]
    [InlineData("2.0", false)]
    [InlineData("2.0", true)]
    public async Task An_answer_that_an_instance_breaks_off_has_no_proper_end(string version, bool reset)
    {
        var arrived = new TaskCompletionSource();
        await using var upstream = new RawUpstream(async (_, socket) =>
        {
            await RawUpstream.SendAsync(socket, "HTTP/1.1 200 OK\r\nContent-Type: text/csv\r\nTransfer-Encoding: chunked\r\n\r\n" + Chunk(new string('x', 200_000)));
            await arrived.Task;
            socket.LingerState = new LingerOption(reset, 0);
        });
        await using var nginx = await NginxServer.StartAsync([upstream.Port]);
        using var http = nginx.CreateClient(version);
        using var response = await SendAsync(http, "/cdrs");
        arrived.SetResult();

        await MustBreakOffAsync(response);
    }

    [Theory]
    [InlineData("1.1")]
    [InlineData("2.0")]
    public async Task An_event_arrives_at_once(string version)
    {
        var arrived = new TaskCompletionSource();
        await using var upstream = new RawUpstream(async (_, socket) =>
        {
            await RawUpstream.SendAsync(socket, "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nX-Accel-Buffering: no\r\nTransfer-Encoding: chunked\r\n\r\n" + Chunk("data: 1\n\n"));
            // Held back, it would never arrive.
            await arrived.Task;
            await RawUpstream.SendAsync(socket, "0\r\n\r\n");
        });
        await using var nginx = await NginxServer.StartAsync([upstream.Port]);
        using var http = nginx.CreateClient(version);
        try
        {
            using var response = await SendAsync(http, "/events").WaitAsync(TimeSpan.FromSeconds(20));
            using var events = new StreamReader(await response.Content.ReadAsStreamAsync());

            (await events.ReadLineAsync().WaitAsync(TimeSpan.FromSeconds(20))).Should().Be("data: 1");
            arrived.SetResult();
            (await events.ReadToEndAsync()).Should().Be("\n");
        }
        finally
        {
            arrived.TrySetResult();
        }
    }

    private async Task<HttpResponseMessage> SendAsync(HttpClient http, string path, string encoding = "")
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path) { Version = http.DefaultRequestVersion, VersionPolicy = http.DefaultVersionPolicy };
        request.Headers.Add("X-API-Key", sandbox.Sandbox.ApiKey);
        if (encoding.Length > 0)
        {
            request.Headers.Add("Accept-Encoding", encoding);
        }

        return await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
    }

    /// <summary>Without what tells when it was asked for.</summary>
    private async Task<byte[]> BodyAsync(HttpClient http, string path, string encoding)
    {
        using var response = await SendAsync(http, path, encoding);
        response.StatusCode.Should().Be(HttpStatusCode.OK);
        response.Content.Headers.ContentEncoding.Should().Equal(encoding.Length > 0 ? [encoding] : []);
        var body = new MemoryStream();
        var content = await response.Content.ReadAsStreamAsync();
        await (encoding == "gzip" ? new GZipStream(content, CompressionMode.Decompress) : content).CopyToAsync(body);
        var bytes = body.ToArray();
        return bytes.AsSpan().LastIndexOf(",\"as_of\":"u8) is var end and > 0 && bytes.Length - end < 100 ? bytes[..end] : bytes;
    }

    private static async Task MustBreakOffAsync(HttpResponseMessage response)
    {
        response.StatusCode.Should().Be(HttpStatusCode.OK);
        var reading = async () => await (await response.Content.ReadAsStreamAsync()).CopyToAsync(Stream.Null);
        await reading.Should().ThrowAsync<IOException>();
    }

    private static string Chunk(string text) => $"{Encoding.Latin1.GetByteCount(text):x}\r\n{text}\r\n";
}
