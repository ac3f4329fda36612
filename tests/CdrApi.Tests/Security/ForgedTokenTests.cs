using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
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
        string[] accepted =
        [
            Sign(Header("RS256", "rsa"), Payload(), Rsa256),
            Sign(Header("PS384", "rsa"), Payload(), data => Rsa.SignData(data, HashAlgorithmName.SHA384, RSASignaturePadding.Pss)),
            Sign(Header("ES256", "curve"), Payload(), Es256),
            Sign(Header("RS256", "rsa"), Payload(p => p["aud"] = new JsonArray("other", Audience)), Rsa256),
            Sign(Header("RS256", "rsa", h => h.Remove("typ")), Payload(), Rsa256),
            .. new[] { "JWT", "jwt", "at+jwt", "AT+JWT", "application/jwt", "application/at+jwt", "Application/AT+JWT" }
                .Select(type => Sign(Header("RS256", "rsa", h => h["typ"] = type), Payload(), Rsa256)),
            // Keys that a header names or holds count for nothing, and harm nothing where the signature is the issuer's.
            Sign(Header("RS256", "rsa", h => h["jwk"] = KeyOfAttacker()), Payload(), Rsa256),
        ];
        foreach (var good in accepted)
        {
            (await StatusAsync(good)).Should().Be(HttpStatusCode.OK, "the forged ones differ from it in one thing only");
        }

        await ShouldBeRefusedAsync(Forged());
    }

    /// <summary>All of these are signed by the issuer's key.</summary>
    [Fact]
    public async Task A_header_or_claims_that_can_be_read_in_two_ways_are_refused()
    {
        await ShouldBeRefusedAsync(Ambiguous());

        _api!.ReadLog().Should().Contain("its header has crit").And.Contain("its typ is neither JWT nor at+jwt").And.Contain("it is not JSON with each name once");
    }

    [Fact]
    public async Task No_address_in_a_header_is_visited()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var address = $"http://{listener.LocalEndpoint}/keys";

        await ShouldBeRefusedAsync(new[] { "jku", "x5u" }.SelectMany(name => new[] { "rsa", "mine" }.Select(kid =>
            ($"{name} with kid {kid}", Sign(Header("RS256", kid, h => h[name] = address), Payload(), OfAttacker)))));

        listener.Pending().Should().BeFalse();
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
        yield return ("another's signature", Sign(Header("RS256", "rsa"), Payload(), OfAttacker));
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
        yield return ("jwk in the header", Sign(Header("RS256", "rsa", h => h["jwk"] = KeyOfAttacker()), Payload(), OfAttacker));
        yield return ("jwk in the header, another kid", Sign(Header("RS256", "mine", h => h["jwk"] = KeyOfAttacker("mine")), Payload(), OfAttacker));
        foreach (var name in new[] { "x5c", "x5t", "x5t#S256" })
        {
            yield return (name, Sign(Header("RS256", "rsa", h => h[name] = CertificateOfAttacker(name)), Payload(), OfAttacker));
            yield return ($"{name} and no kid", Sign(Header("RS256", "rsa", h => { h.Remove("kid"); h[name] = CertificateOfAttacker(name); }), Payload(), OfAttacker));
        }

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

    private static IEnumerable<(string Name, string Token)> Ambiguous()
    {
        const string start = """{"alg":"RS256","kid":"rsa" """;
        foreach (var member in new[]
        {
            // No extension is understood here, whether it is known or not, and a list of none is malformed.
            """ "crit":["exp"] """, """ "crit":["b64"],"b64":false """, """ "crit":["b64"],"b64":true """, """ "crit":["x"],"x":1 """, """ "crit":["alg"] """,
            """ "crit":[] """, """ "crit":"exp" """, """ "crit":null """, """ "crit":{} """, """ "crit":0 """, """ "crit":[null] """, """ "crit":[["exp"]] """,
            """ "\u0063rit":["exp"] """, """ "crit":["exp"],"crit":["exp"] """,
            """ "b64":false """, """ "b64":true """, """ "zip":"DEF" """, """ "zip":null """, """ "enc":"A128GCM" """, """ "cty":"JWT" """, """ "cty":1 """,
            """ "typ":"" """, """ "typ":"JWS" """, """ "typ":"JOSE" """, """ "typ":"id+jwt" """, """ "typ":"logout+jwt" """, """ "typ":"dpop+jwt" """, """ "typ":"secevent+jwt" """,
            """ "typ":"text/jwt" """, """ "typ":"application/application/jwt" """, """ "typ":"application/" """, """ "typ":"/jwt" """, """ "typ":"at+jwt;v=1" """, """ "typ":" JWT" """,
            """ "typ":"JWT\u0000" """, """ "typ":"\ud800" """, """ "typ":"ＪＷＴ" """, """ "typ":null """, """ "typ":1 """, """ "typ":1e999 """, """ "typ":true """, """ "typ":["JWT"] """, """ "typ":{"JWT":1} """,
            """ "typ":"JWT","typ":"JWT" """, """ "typ":"dpop+jwt","typ":"JWT" """, """ "typ":"JWT","typ":"dpop+jwt" """, """ "typ":"JWT","t\u0079p":"JWT" """,
            """ "alg":"RS256" """, """ "alg":"none" """, """ "kid":"rsa" """, """ "kid":"curve" """, """ "x":1,"x":1 """, """ "x":{"y":1,"y":2} """,
            """ "x":"\ud800","typ":null """, $""" "x":{new string('[', 100)}{new string(']', 100)} """,
        })
        {
            yield return ($"header with {member.Trim()}", Sign(Bytes($"{start},{member}}}"), Encode(Payload())));
        }

        foreach (var header in new[] { start, start + "}}", start + ",}", start + "/**/}", "[]", "null", "\"JWT\"", "", "{}", "\ufeff" + start + "}", start + "}\0" })
        {
            yield return ($"header {header}", Sign(Bytes(header), Encode(Payload())));
        }

        yield return ("a header that is no UTF-8", Sign(Encode([.. Encoding.ASCII.GetBytes(start + ",\"x\":\""), 0xff, .. "\"}"u8]), Encode(Payload())));
        var claims = Payload().ToJsonString();
        foreach (var (name, member) in new[] { ("sub", "\"root\""), ("scope", "\"cdrs:read:all\""), ("aud", $"\"{Audience}\""), ("exp", "9999999999"), ("i_account", "1,\"i_account\":2") })
        {
            yield return ($"{name} twice", Sign(Encode(Header("RS256", "rsa")), Bytes($"{claims[..^1]},\"{name}\":{member}}}")));
        }

        // A token within a token.
        yield return ("a nested token", Sign(Encode(Header("RS256", "rsa", h => h["cty"] = "JWT")), Bytes(Sign(Header("RS256", "rsa"), Payload(), Rsa256))));
        yield return ("a token in words", Sign(Encode(Header("RS256", "rsa")), Bytes("alice")));
        foreach (var header in new[] { """{"alg":"RSA-OAEP","enc":"A256GCM","kid":"rsa","cty":"JWT"}""", """{"alg":"dir","enc":"A128CBC-HS256","zip":"DEF"}""", """{"alg":"RS256","kid":"rsa","enc":1}""", "{}" })
        {
            yield return ($"encrypted: {header}", $"{Bytes(header)}.AAAA.AAAAAAAAAAAAAAAA.AAAA.AAAAAAAAAAAAAAAAAAAAAA");
            yield return ($"encrypted in two parts: {header}", $"{Bytes(header)}.AAAA.AAAA");
        }
    }

    private static byte[] OfAttacker(byte[] data) => Attacker.SignData(data, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);

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

    private static JsonObject KeyOfAttacker(string kid = "rsa")
    {
        var key = Attacker.ExportParameters(false);
        return new JsonObject { ["kty"] = "RSA", ["kid"] = kid, ["n"] = Encode(key.Modulus), ["e"] = Encode(key.Exponent) };
    }

    private static JsonNode CertificateOfAttacker(string name)
    {
        var now = TimeProvider.System.GetUtcNow();
        using var certificate = new CertificateRequest("CN=attacker", Attacker, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1).CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
        return name == "x5c" ? new JsonArray(Convert.ToBase64String(certificate.RawData))
            : Encode(certificate.GetCertHash(name == "x5t" ? HashAlgorithmName.SHA1 : HashAlgorithmName.SHA256));
    }

    private static string Sign(JsonObject header, JsonObject payload, Func<byte[], byte[]> sign) => Sign(Encode(header), Encode(payload), sign);

    /// <summary>Of parts as they are, by the issuer's key.</summary>
    private static string Sign(string header, string payload, Func<byte[], byte[]>? sign = null)
    {
        var text = $"{header}.{payload}";
        return $"{text}.{Encode((sign ?? Rsa256)(Encoding.ASCII.GetBytes(text)))}";
    }

    private static string Bytes(string text) => Encode(Encoding.UTF8.GetBytes(text));

    private static string Encode(JsonObject json) => Encode(JsonSerializer.SerializeToUtf8Bytes(json));

    private static string Encode(ReadOnlySpan<byte> bytes) => System.Buffers.Text.Base64Url.EncodeToString(bytes);

    private static long Now() => TimeProvider.System.GetUtcNow().ToUnixTimeSeconds();

    private async Task ShouldBeRefusedAsync(IEnumerable<(string Name, string Token)> tokens)
    {
        var otherwise = new List<string>();
        foreach (var (name, token) in tokens)
        {
            var status = await StatusAsync(token);
            if (status is not HttpStatusCode.Unauthorized)
            {
                otherwise.Add($"{name}: {(int)status}");
            }
        }

        string.Join('\n', otherwise).Should().BeEmpty();
        _api!.ReadLog().Should().NotContain("eyJ", "no token, nor a part of one, belongs in the log");
    }

    private async Task<HttpStatusCode> StatusAsync(string token)
    {
        using var response = await new ApiCaller(_api!.Url, token).SendAsync("/cdrs?limit=1");
        return response.StatusCode;
    }
}
