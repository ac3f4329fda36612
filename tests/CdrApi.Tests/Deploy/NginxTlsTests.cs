using System.Text.Json;

namespace CdrApi.Tests.Deploy;

/// <summary>How nginx speaks TLS, as other programs than ours see it.</summary>
public sealed class NginxTlsTests(TestSandbox sandbox)
{
    // What testssl cannot find out without sending the server's name, which is refused here; and what its own openssl lacks.
    private static readonly string[] NotTestable = ["engine_problem", "secure_renego", "sessionresumption_ticket"];

    [Theory]
    [InlineData("-tls1", null)]
    [InlineData("-tls1_1", null)]
    [InlineData("-tls1_2", "TLSv1.2")]
    [InlineData("-tls1_3", "TLSv1.3")]
    public async Task Only_TLS_1_2_and_1_3_are_spoken(string option, string? spoken)
    {
        await using var nginx = await NginxServer.StartAsync([1]);

        // With the weakest ciphers too, so that it is not the client that refuses.
        var (exitCode, output) = await Tool.RunAsync("openssl", "openssl", "s_client", "-connect", nginx.Url.Authority, "-servername", "localhost", option,
            "-cipher", "DEFAULT@SECLEVEL=0", "-alpn", "h2,http/1.1", "-CAfile", nginx.CaFile, "-verify_return_error");

        if (spoken is null)
        {
            exitCode.Should().NotBe(0);
            output.Should().Contain("alert protocol version", "the server refuses it");
        }
        else
        {
            exitCode.Should().Be(0, output);
            output.Should().Contain($"New, {spoken}, Cipher is ").And.Contain("ALPN protocol: h2").And.Contain("Verification: OK").And.Contain("Secure Renegotiation IS");
        }
    }

    [Theory]
    [InlineData("-servername", "www.example.com")]
    [InlineData("-noservername", "-showcerts")]
    public async Task Who_asks_for_another_name_or_none_is_shown_no_certificate(string option, string value)
    {
        await using var nginx = await NginxServer.StartAsync([1]);

        var (exitCode, output) = await Tool.RunAsync("openssl", "openssl", "s_client", "-connect", nginx.Url.Authority, option, value);

        exitCode.Should().NotBe(0);
        output.Should().Contain("SSL alert number 112").And.Contain("no peer certificate available");
    }

    [Fact]
    public async Task Each_answer_says_to_use_HTTPS_only()
    {
        await using var nginx = await NginxServer.StartAsync([sandbox.Api.Url.Port]);
        using var http = nginx.CreateClient("2.0");

        foreach (var path in new[] { "/health/ready", "/cdrs", "/swagger/index.html", "/metrics" })
        {
            using var answer = await http.GetAsync(path);
            answer.Headers.GetValues("Strict-Transport-Security").Should().Equal("max-age=63072000");
        }
    }

    [Fact]
    public void Nothing_listens_without_TLS()
    {
        var listening = Directory.EnumerateFiles(NginxServer.Deployed, "*.conf", SearchOption.AllDirectories).SelectMany(File.ReadAllLines)
            .Select(line => line.Trim()).Where(line => line.StartsWith("listen ", StringComparison.Ordinal)).ToList();

        listening.Should().HaveCountGreaterThan(1).And.OnlyContain(line => line.Contains(" ssl", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Testssl_finds_nothing_above_low()
    {
        await using var nginx = await NginxServer.StartAsync([sandbox.Api.Url.Port], exempt: NginxServer.Everybody);
        // On two cores, two halves take half of the time: protocols, ciphers, their order, the certificate, headers; and vulnerabilities.
        var halves = new[] { new[] { "-p", "-s", "-f", "-P", "-S", "-h" }, ["-U"] }.Select(async checks =>
        {
            var findings = Path.Combine(Path.GetDirectoryName(nginx.CaFile)!, checks[0] + ".json");
            await Tool.RunAsync("testssl.sh", "testssl", ["--quiet", "--color", "0", "--warnings", "off", "--ip", "127.0.0.1", "--nodns", "none",
                "--add-ca", nginx.CaFile, "--jsonfile", findings, .. checks, nginx.Url.Authority]);
            return JsonDocument.Parse(await File.ReadAllTextAsync(findings)).RootElement.EnumerateArray().ToList();
        });

        var all = (await Task.WhenAll(halves)).SelectMany(f => f).ToList();

        all.Should().HaveCountGreaterThan(80);
        all.Select(Id).Should().Contain(["TLS1_2", "TLS1_3", "cipher_order", "cert_chain_of_trust", "HSTS_time", "heartbleed", "RC4"]);
        all.Where(f => Severity(f) is not ("OK" or "INFO" or "LOW") && !NotTestable.Contains(Id(f))).Select(f => f.GetRawText()).Should().BeEmpty();
        all.Where(f => NotTestable.Contains(Id(f))).Should().OnlyContain(f => Severity(f) == "WARN" || Severity(f) == "OK" || Severity(f) == "INFO");
    }

    private static string Id(JsonElement finding) => finding.GetProperty("id").GetString()!;

    private static string Severity(JsonElement finding) => finding.GetProperty("severity").GetString()!;
}
