using System.Net;
using System.Security.Cryptography;
using System.Text.Json;
using CdrApi.Security;
using CdrSandbox;
using Microsoft.Extensions.Configuration;

namespace CdrApi.Tests.Security;

/// <summary>A list is that of the last source which has it, whole: .NET's own way merges lists by index.</summary>
public sealed class WholeListsTests(TestSandbox sandbox) : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("cdr-api-lists-").FullName;

    private static readonly RSA Rsa = RSA.Create(2048);

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("""{"Algorithms":["ES256"]}""", "ES256")]
    [InlineData("""{"Algorithms":["ES256","PS512"]}""", "ES256 PS512")]
    [InlineData("""{"Algorithms":[]}""", "")]
    [InlineData("""{"Audience":"x"}""", "RS256 RS384 ES256")]
    public void A_later_list_takes_the_place_of_an_earlier_one(string later, string expected)
    {
        using var configuration = new ConfigurationManager();
        Add(configuration, """{"Security":{"Jwt":{"Issuer":"i","Algorithms":["RS256","RS384","ES256"]}}}""");
        Add(configuration, "{\"Security\":{\"Jwt\":" + later + "}}");

        WholeLists.AddTo(configuration, null);

        var jwt = configuration.GetSection("Security").Get<SecurityOptions>()!.Jwt;
        string.Join(' ', jwt.Algorithms).Should().Be(expected);
        jwt.Issuer.Should().Be("i");
    }

    [Fact]
    public void A_key_takes_on_nothing_of_an_earlier_one_at_its_place()
    {
        using var configuration = new ConfigurationManager();
        configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["Security:ApiKeys:0:Id"] = "a",
            ["Security:ApiKeys:0:Accounts:0"] = "14",
            ["Security:ApiKeys:0:Accounts:1"] = "96",
            ["Security:ApiKeys:1:Id"] = "b",
        });
        Add(configuration, """{"Security":{"ApiKeys":[{"Id":"c","Accounts":[15]}]}}""");

        WholeLists.AddTo(configuration, null).Replaced.Should().Equal("Security:ApiKeys");

        var key = configuration.GetSection("Security").Get<SecurityOptions>()!.ApiKeys.Should().ContainSingle().Which;
        key.Id.Should().Be("c");
        key.Accounts.Should().Equal(15);
    }

    [Fact]
    public void No_list_is_shipped_with_elements_that_a_shorter_one_would_have_to_take_away()
    {
        var shipped = new ConfigurationBuilder().AddJsonFile(Path.Combine(AppContext.BaseDirectory, "appsettings.json")).Build();

        shipped.AsEnumerable().Where(s => s.Key.Split(':').Any(name => int.TryParse(name, out _))).Should().BeEmpty();
    }

    [Fact]
    public async Task Algorithms_can_be_narrowed()
    {
        var settings = new Dictionary<string, string?>
        {
            ["Security__Jwt__Issuer"] = "https://login.example.com/",
            ["Security__Jwt__Audience"] = "cdrapi",
            ["Security__Jwt__PublicKeys__0__Kid"] = "rsa",
            ["Security__Jwt__PublicKeys__0__Pem"] = Rsa.ExportSubjectPublicKeyInfoPem(),
            ["Security__Jwt__Algorithms__0"] = "RS512",
        };
        await using var api = await sandbox.Sandbox.StartApiAsync(settings);

        (await StatusAsync(api, "RS512", HashAlgorithmName.SHA512)).Should().Be(HttpStatusCode.OK);
        (await StatusAsync(api, "RS512", HashAlgorithmName.SHA512, end: 253402300799)).Should().Be(HttpStatusCode.OK, "a token may end with time itself");
        (await StatusAsync(api, "RS256", HashAlgorithmName.SHA256)).Should().Be(HttpStatusCode.Unauthorized);
        (await StatusAsync(api, "RS384", HashAlgorithmName.SHA384)).Should().Be(HttpStatusCode.Unauthorized);
    }

    [Theory]
    [InlineData("Security__Jwt__Algorithms", "ES256", "Security:Jwt:Algorithms must be a list")]
    [InlineData("Security__TrustedProxies", "127.0.0.1/32", "Security:TrustedProxies must be a list")]
    [InlineData("Security__CorsOrigins", "https://portal.example.com", "Security:CorsOrigins must be a list")]
    [InlineData("Security__ApiKeys__all__Id", "x", "Security:ApiKeys is a list")]
    [InlineData("Security__Jwt__Algorithm__0", "ES256", "Security:Jwt:Algorithm is no setting")]
    [InlineData("Security__Jwt__PublicKeys__0__Key", "x", "Security:Jwt:PublicKeys:0:Key is no setting")]
    public async Task What_would_be_passed_over_ends_the_start(string name, string value, string complaint)
    {
        var starting = () => sandbox.Sandbox.StartApiAsync(new Dictionary<string, string?> { [name] = value });

        (await starting.Should().ThrowAsync<SandboxException>()).Which.Message.Should().Contain("exit code 1").And.Contain(complaint);
    }

    private static async Task<HttpStatusCode> StatusAsync(ApiProcess api, string algorithm, HashAlgorithmName hash, long? end = null)
    {
        var now = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds();
        var text = Part(new { alg = algorithm, kid = "rsa", typ = "at+jwt" }) + "." + Part(new
        {
            iss = "https://login.example.com/",
            aud = "cdrapi",
            sub = "somebody",
            scope = "cdrs:read:all",
            iat = now,
            exp = end ?? now + 60,
        });
        var token = $"{text}.{Base64(Rsa.SignData(System.Text.Encoding.ASCII.GetBytes(text), hash, RSASignaturePadding.Pkcs1))}";
        using var response = await new ApiCaller(api.Url, token).SendAsync("/cdrs?limit=1");
        return response.StatusCode;
    }

    private static string Part(object value) => Base64(JsonSerializer.SerializeToUtf8Bytes(value));

    private static string Base64(byte[] bytes) => System.Buffers.Text.Base64Url.EncodeToString(bytes);

    private void Add(ConfigurationManager configuration, string json)
    {
        var file = Path.Combine(_folder, $"{Guid.NewGuid():N}.json");
        File.WriteAllText(file, json);
        configuration.AddJsonFile(file);
    }
}
