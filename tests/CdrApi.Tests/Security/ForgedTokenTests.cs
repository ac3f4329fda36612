using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using CdrSandbox;

namespace CdrApi.Tests.Security;

/// <summary>Tokens that somebody made up (RFC 8725). Each is one step away from a good one.</summary>
public sealed class ForgedTokenTests(TestSandbox sandbox) : IAsyncLifetime
{
    private const string Issuer = "https://login.example.com/";
    private const string Audience = "cdrapi";

    // Of this run only: no key stands in a file.
    private static readonly RSA Rsa = RSA.Create(2048);
    private static readonly ECDsa Curve = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private static readonly RSA Attacker = RSA.Create(2048);
    private static readonly string RsaPem = Rsa.ExportSubjectPublicKeyInfoPem();

    private ApiProcess? _api;

    public async ValueTask InitializeAsync() => _api = await sandbox.Sandbox.StartApiAsync(new Dictionary<string, string?>
    {
        ["Security__Jwt__Issuer"] = Issuer,
        ["Security__Jwt__Audience"] = Audience,
        ["Security__Jwt__PublicKeys__0__Kid"] = "rsa",
        ["Security__Jwt__PublicKeys__0__Pem"] = RsaPem,
        ["Security__Jwt__PublicKeys__1__Kid"] = "curve",
        ["Security__Jwt__PublicKeys__1__Pem"] = Curve.ExportSubjectPublicKeyInfoPem(),
        ["Security__Jwt__ClockSkew"] = "00:00:05",
    });

    public ValueTask DisposeAsync() => _api?.DisposeAsync() ?? ValueTask.CompletedTask;

    [Fact]
    public async Task Only_the_good_token_is_accepted()
    {
        foreach (var good in new[]
        {
            Sign(Header("RS256", "rsa"), Payload(), Rsa256),
            Sign(Header("PS384", "rsa"), Payload(), data => Rsa.SignData(data, HashAlgorithmName.SHA384, RSASignaturePadding.Pss)),
            Sign(Header("ES256", "curve"), Payload(), Es256),
            Sign(Header("RS256", "rsa"), Payload(p => p["aud"] = new JsonArray("other", Audience)), Rsa256),
        })
        {
            (await StatusAsync(good)).Should().Be(HttpStatusCode.OK, "the forged ones differ from it in one thing only");
        }

        var accepted = new List<string>();
        foreach (var (name, token) in Forged())
        {
            var status = await StatusAsync(token);
            if (status is not HttpStatusCode.Unauthorized)
            {
                accepted.Add($"{name}: {(int)status}");
            }
        }

        accepted.Should().BeEmpty();
        Forged().Count().Should().BeGreaterThan(40);
        _api!.ReadLog().Should().NotContain("eyJ", "no token, nor a part of one, belongs in the log");
    }

    [Fact]
    public async Task A_token_larger_than_any_header_is_refused_before_it_is_read()
    {
        using var http = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(_api!.Url, "/cdrs"));
        request.Headers.Add("Authorization", "Bearer " + Sign(Header("RS256", "rsa"), Payload(p => p["x"] = new string('x', 100_000)), Rsa256));

        using var response = await http.SendAsync(request);

        response.StatusCode.Should().Be(HttpStatusCode.RequestHeaderFieldsTooLarge);
    }

    private static IEnumerable<(string Name, string Token)> Forged()
    {
        var good = Sign(Header("RS256", "rsa"), Payload(), Rsa256).Split('.');

        foreach (var none in new[] { "none", "None", "NONE", "nOnE", "" })
        {
            yield return ($"alg {none}, no signature", Sign(Header(none, "rsa"), Payload(), _ => []));
            yield return ($"alg {none}, the good signature", $"{Encode(Header(none, "rsa"))}.{good[1]}.{good[2]}");
        }

        yield return ("no alg", Sign(Header("RS256", "rsa", h => h.Remove("alg")), Payload(), Rsa256));
        yield return ("no signature", $"{good[0]}.{good[1]}.");
        yield return ("two parts", $"{good[0]}.{good[1]}");
        yield return ("four parts", $"{good[0]}.{good[1]}.{good[2]}.{good[2]}");
        yield return ("other claims under the good signature", $"{good[0]}.{Encode(Payload(p => p["sub"] = "root"))}.{good[2]}");
        yield return ("another header over the good signature", $"{Encode(Header("RS256", "rsa", h => h["x"] = 1))}.{good[1]}.{good[2]}");
        yield return ("a changed signature", $"{good[0]}.{good[1]}.{(good[2][0] == 'A' ? 'B' : 'A')}{good[2][1..]}");
        yield return ("another's signature", Sign(Header("RS256", "rsa"), Payload(), data => Attacker.SignData(data, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1)));
        yield return ("a signature of zeros", Sign(Header("ES256", "curve"), Payload(), _ => new byte[64]));

        // The public key, which everybody has, as a shared secret.
        foreach (var secret in new[] { Encoding.UTF8.GetBytes(RsaPem), Encoding.UTF8.GetBytes(RsaPem + "\n"), Rsa.ExportSubjectPublicKeyInfo(), Rsa.ExportRSAPublicKey() })
        {
            yield return ("HS256 with the public key", Sign(Header("HS256", "rsa"), Payload(), data => HMACSHA256.HashData(secret, data)));
            yield return ("RS256 in name, HS256 with the public key", Sign(Header("RS256", "rsa"), Payload(), data => HMACSHA256.HashData(secret, data)));
        }

        yield return ("HS256 with an empty secret", Sign(Header("HS256", "rsa"), Payload(), data => HMACSHA256.HashData(Array.Empty<byte>(), data)));
        yield return ("RS256 with a curve's name", Sign(Header("RS256", "curve"), Payload(), Rsa256));
        yield return ("ES256 with an RSA key's name", Sign(Header("ES256", "rsa"), Payload(), Es256));
        yield return ("RS1", Sign(Header("RS1", "rsa"), Payload(), data => Rsa.SignData(data, HashAlgorithmName.SHA1, RSASignaturePadding.Pkcs1)));

        foreach (var kid in new JsonNode?[] { "unknown", "", "RSA", "rsa ", "../../dev/null", "' OR '1'='1", "https://attacker.example/key", null, 1, new JsonArray("rsa") })
        {
            yield return ($"kid {kid?.ToJsonString() ?? "null"}", Sign(Header("RS256", "rsa", h => h["kid"] = kid?.DeepClone()), Payload(), Rsa256));
        }

        yield return ("no kid", Sign(Header("RS256", "rsa", h => h.Remove("kid")), Payload(), Rsa256));
        foreach (var name in new[] { "jku", "x5u" })
        {
            yield return (name, Sign(Header("RS256", "mine", h => h[name] = "https://attacker.example/keys"), Payload(),
                data => Attacker.SignData(data, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1)));
        }

        yield return ("jwk in the header", Sign(Header("RS256", "rsa", h => h["jwk"] = OfAttacker()), Payload(),
            data => Attacker.SignData(data, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1)));

        foreach (var (name, change) in new (string, Action<JsonObject>)[]
        {
            ("wrong issuer", p => p["iss"] = "https://attacker.example/"),
            ("issuer without its slash", p => p["iss"] = Issuer.TrimEnd('/')),
            ("issuer in capitals", p => p["iss"] = Issuer.ToUpperInvariant()),
            ("no issuer", p => p.Remove("iss")),
            ("wrong audience", p => p["aud"] = "other"),
            ("audience with more", p => p["aud"] = "cdrapi2"),
            ("no audience", p => p.Remove("aud")),
            ("empty audience", p => p["aud"] = new JsonArray()),
            ("expired", p => p["exp"] = Now() - 60),
            ("expired for ages", p => p["exp"] = 0),
            ("never expires", p => p.Remove("exp")),
            ("expires in words", p => p["exp"] = "never"),
            ("not yet valid", p => p["nbf"] = Now() + 600),
        })
        {
            yield return (name, Sign(Header("RS256", "rsa"), Payload(change), Rsa256));
        }

        yield return ("oversized", Sign(Header("RS256", "rsa"), Payload(p => p["x"] = new string('x', 20_000)), Rsa256));
        yield return ("an encrypted one", $"{Encode(new JsonObject { ["alg"] = "dir", ["enc"] = "A128GCM" })}..AAAA.AAAA.AAAA");
        yield return ("no JSON", $"{Encode("x"u8)}.{Encode("y"u8)}.{Encode("z"u8)}");
        yield return ("dots", "..");
        yield return ("a payload that is a list", $"{good[0]}.{Encode("[]"u8)}.{good[2]}");
    }

    private static byte[] Rsa256(byte[] data) => Rsa.SignData(data, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);

    private static byte[] Es256(byte[] data) => Curve.SignData(data, HashAlgorithmName.SHA256);

    private static JsonObject Header(string algorithm, string kid, Action<JsonObject>? change = null)
    {
        var header = new JsonObject { ["alg"] = algorithm, ["kid"] = kid, ["typ"] = "JWT" };
        change?.Invoke(header);
        return header;
    }

    private static JsonObject Payload(Action<JsonObject>? change = null)
    {
        var payload = new JsonObject
        {
            ["iss"] = Issuer,
            ["aud"] = Audience,
            ["sub"] = "alice",
            ["scope"] = "cdrs:read:all",
            ["iat"] = Now(),
            ["exp"] = Now() + 600,
        };
        change?.Invoke(payload);
        return payload;
    }

    private static JsonObject OfAttacker()
    {
        var key = Attacker.ExportParameters(false);
        return new JsonObject { ["kty"] = "RSA", ["kid"] = "rsa", ["n"] = Encode(key.Modulus), ["e"] = Encode(key.Exponent) };
    }

    private static string Sign(JsonObject header, JsonObject payload, Func<byte[], byte[]> sign)
    {
        var text = $"{Encode(header)}.{Encode(payload)}";
        return $"{text}.{Encode(sign(Encoding.ASCII.GetBytes(text)))}";
    }

    private static string Encode(JsonObject json) => Encode(JsonSerializer.SerializeToUtf8Bytes(json));

    private static string Encode(ReadOnlySpan<byte> bytes) => System.Buffers.Text.Base64Url.EncodeToString(bytes);

    private static long Now() => TimeProvider.System.GetUtcNow().ToUnixTimeSeconds();

    private async Task<HttpStatusCode> StatusAsync(string token)
    {
        using var response = await new ApiCaller(_api!.Url, token).SendAsync("/cdrs?limit=1");
        return response.StatusCode;
    }
}
