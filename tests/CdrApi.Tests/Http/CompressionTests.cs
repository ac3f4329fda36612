using System.IO.Compression;
using System.Text;

namespace CdrApi.Tests.Http;

public sealed class CompressionTests(TestSandbox sandbox)
{
    [Theory]
    [InlineData("br", "json")]
    [InlineData("br", "csv")]
    [InlineData("gzip", "ndjson")]
    [InlineData("gzip", "csv")]
    public async Task Compressed_bytes_are_the_same_bytes(string encoding, string format)
    {
        var path = $"/cdrs?type=all&fields=all&limit=20000&format={format}";
        using var plain = await GetAsync(path, "identity");
        using var packed = await GetAsync(path, encoding);
        var plainBytes = await plain.Content.ReadAsByteArrayAsync();
        var packedBytes = await packed.Content.ReadAsByteArrayAsync();

        plain.Content.Headers.ContentEncoding.Should().BeEmpty();
        packed.Content.Headers.ContentEncoding.Should().Equal(encoding);
        packedBytes.Length.Should().BeLessThan(plainBytes.Length / 2);
        // The moment at the end of JSON is another one.
        WithoutAsOf(Unpack(packedBytes, encoding)).Should().Be(WithoutAsOf(plainBytes));
        packed.TrailingHeaders.Should().BeEquivalentTo(plain.TrailingHeaders);
    }

    [Theory]
    [InlineData("gzip, br", "br")]
    [InlineData("gzip;q=1, br;q=0.5", "gzip")]
    [InlineData("br;q=0, gzip", "gzip")]
    [InlineData("*", "br")]
    [InlineData("identity", null)]
    [InlineData("gzip;q=0", null)]
    [InlineData("unheard-of", null)]
    public async Task Accept_Encoding_chooses(string accepted, string? encoding)
    {
        using var response = await GetAsync("/cdrs?limit=50", accepted);

        response.Content.Headers.ContentEncoding.Should().Equal(encoding is null ? [] : [encoding]);
        response.Headers.Vary.Should().Contain("Accept-Encoding");
    }

    [Fact]
    public async Task A_refusal_may_be_compressed_too()
    {
        using var response = await GetAsync("/cdrs?limit=0", "gzip");

        ((int)response.StatusCode).Should().Be(400);
        response.Content.Headers.ContentType!.MediaType.Should().Be("application/problem+json");
        Encoding.UTF8.GetString(Unpack(await response.Content.ReadAsByteArrayAsync(), "gzip")).Should().Contain("bad-parameters");
    }

    private static string WithoutAsOf(byte[] bytes)
    {
        var text = Encoding.UTF8.GetString(bytes);
        return text.LastIndexOf("\"as_of\"", StringComparison.Ordinal) is var at and >= 0 ? text[..at] : text;
    }

    private static byte[] Unpack(byte[] bytes, string encoding)
    {
        using Stream unpacking = encoding == "br"
            ? new BrotliStream(new MemoryStream(bytes), CompressionMode.Decompress)
            : new GZipStream(new MemoryStream(bytes), CompressionMode.Decompress);
        var all = new MemoryStream();
        unpacking.CopyTo(all);
        return all.ToArray();
    }

    // Not through ApiCaller, which reads every body and cannot unpack it.
    private async Task<HttpResponseMessage> GetAsync(string path, string encoding)
    {
        using var http = new HttpClient { BaseAddress = sandbox.Api.Url };
        http.DefaultRequestHeaders.Add("X-API-Key", sandbox.Sandbox.ApiKey);
        http.DefaultRequestHeaders.Add("Accept-Encoding", encoding);
        return await http.GetAsync(path);
    }
}
