using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;

namespace CdrApi.Tests;

/// <summary>
/// Random and hostile requests, most of them sane ones that were spoiled. What fails is printed with its seed, and
/// asked again with CDR_FUZZ_SEED set to that.
/// </summary>
public sealed class FuzzTests(TestSandbox sandbox)
{
    private const int Requests = 19_000;
    private const int RawRequests = 1_000;
    private const int AtOnce = 8;

    private static readonly string[] OfDatabases =
        ["SQLSTATE", "syntax error", "Npgsql", "pg_", "   at ", "Exception", "\\\"cdrs\\\"", "relation ", "statement"];

    private static readonly int Seed = int.Parse(
        Environment.GetEnvironmentVariable("CDR_FUZZ_SEED") ?? $"{Random.Shared.Next()}", CultureInfo.InvariantCulture);

    [Fact]
    public async Task No_request_breaks_the_service_or_makes_it_speak_of_its_database()
    {
        using var http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, AutomaticDecompression = System.Net.DecompressionMethods.All }) { Timeout = TimeSpan.FromSeconds(30) };
        var before = Memory();
        await Parallel.ForAsync(0, Requests, new ParallelOptions { MaxDegreeOfParallelism = AtOnce }, async (i, cancellation) =>
        {
            var fuzz = new FuzzRequest(new Random(HashCode.Combine(Seed, i)), sandbox.Sandbox);
            using var request = fuzz.ToMessage(sandbox.Api.Url);
            try
            {
                using var response = await http.SendAsync(request, cancellation);
                Check(request.Method == HttpMethod.Head, (int)response.StatusCode, response.Content.Headers.ContentType?.MediaType, await response.Content.ReadAsStringAsync(cancellation));
            }
            catch (Exception e)
            {
                Assert.Fail($"CDR_FUZZ_SEED={Seed}, request {i}: {fuzz}\n{e.Message}");
            }
        });

        await new ApiCaller(sandbox.Api.Url, sandbox.Sandbox.ApiKey).GetAsync("/cdrs?limit=1");
        (Memory() - before).Should().BeLessThan(500_000_000, "each answer is small");
    }

    [Fact]
    public async Task No_bytes_break_the_service()
    {
        await Parallel.ForAsync(0, RawRequests, new ParallelOptions { MaxDegreeOfParallelism = AtOnce }, async (i, cancellation) =>
        {
            var bytes = FuzzRequest.RawBytes(new Random(HashCode.Combine(Seed, i)), sandbox.Sandbox.ApiKey);
            try
            {
                using var client = new TcpClient();
                await client.ConnectAsync("127.0.0.1", sandbox.Api.Url.Port, cancellation);
                var answer = await TalkAsync(client, bytes).WaitAsync(TimeSpan.FromSeconds(30), cancellation);
                // Whatever is no HTTP may be answered by closing the connection.
                if (answer.StartsWith("HTTP/1.1 ", StringComparison.Ordinal))
                {
                    int.Parse(answer.AsSpan(9, 3), CultureInfo.InvariantCulture).Should().Match(s => s < 500 || s == 505, "505 says that it is no HTTP of ours");
                    answer.Should().NotContainAny(OfDatabases);
                }
            }
            catch (Exception e)
            {
                Assert.Fail($"CDR_FUZZ_SEED={Seed}, bytes {i}: {Encoding.Latin1.GetString(bytes.AsSpan(0, Math.Min(300, bytes.Length)))}\n{e.Message}");
            }
        });

        await new ApiCaller(sandbox.Api.Url, sandbox.Sandbox.ApiKey).GetAsync("/cdrs?limit=1");
    }

    private static void Check(bool isHead, int status, string? mediaType, string body)
    {
        status.Should().BeLessThan(500, "{0}", body);
        if (status < 400)
        {
            return;
        }

        // A HEAD's answer has no body, nor have Kestrel's own refusals of what is no HTTP.
        if (body.Length == 0)
        {
            if (isHead)
            {
                return;
            }

            status.Should().BeOneOf(400, 404, 405, 413, 414, 431);
            return;
        }

        mediaType.Should().Be("application/problem+json");
        body.Should().NotContainAny(OfDatabases);
        var problem = JsonDocument.Parse(body).RootElement;
        problem.GetProperty("status").GetInt32().Should().Be(status);
        foreach (var member in new[] { "type", "title", "detail", "instance", "trace_id" })
        {
            problem.GetProperty(member).GetString().Should().NotBeNull();
        }

        if (problem.GetProperty("type").GetString() == "/problems/bad-parameters")
        {
            problem.GetProperty("errors").EnumerateObject().Should().NotBeEmpty();
            problem.GetProperty("errors").EnumerateObject().Should().AllSatisfy(e => e.Value[0].GetString().Should().NotBeNullOrEmpty());
        }
        else if (status == 400)
        {
            problem.GetProperty("type").GetString().Should().Be("/problems/bad-request");
        }
    }

    private static async Task<string> TalkAsync(TcpClient client, byte[] bytes)
    {
        var stream = client.GetStream();
        try
        {
            await stream.WriteAsync(bytes);
            client.Client.Shutdown(SocketShutdown.Send);
            var answer = new MemoryStream();
            await stream.CopyToAsync(answer);
            return Encoding.Latin1.GetString(answer.ToArray());
        }
        catch (IOException)
        {
            return "";
        }
        catch (SocketException)
        {
            return "";
        }
    }

    private long Memory()
    {
        using var process = Process.GetProcessById(sandbox.Api.Process.Id);
        return process.WorkingSet64;
    }
}
