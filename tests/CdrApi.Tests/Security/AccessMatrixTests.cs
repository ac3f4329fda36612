using System.Buffers.Text;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using CdrSandbox;

namespace CdrApi.Tests.Security;

/// <summary>
/// Every endpoint of the OpenAPI document, with every kind of credential, for what is its own and what is another's. An endpoint
/// that is added has no row here, and fails the test until it has one.
/// </summary>
public sealed class AccessMatrixTests(TestSandbox sandbox) : IAsyncLifetime
{
    private const string Issuer = "https://login.example.com/";
    private static readonly RSA Rsa = RSA.Create(2048);

    private ApiProcess? _api;
    private long _own;
    private long _foreign;
    private long _ownCdr;
    private long _foreignCdr;
    private List<Credential> _credentials = [];

    /// <summary>Whose answer is expected.</summary>
    private enum Needs
    {
        Nothing,
        AnyCdrs,
        OwnAccount,
        ForeignAccount,
        OwnCdr,
        ForeignCdr,
        CursorOfAccount,
        CursorOfAll,
        AnyKey,
        KeyForOwnAccount,
        KeyForForeignAccount,
        OwnSession,
        ForeignSession,
    }

    /// <summary>What a credential is good for.</summary>
    private enum Reach
    {
        Refused,
        NoCdrs,
        Own,
        OwnByCustomer,
        All,
    }

    public async ValueTask InitializeAsync()
    {
        // An account below a customer that is not the root, and one that is not below it.
        var customer = await sandbox.Replica.ScalarAsync<long>(
            """
            SELECT a.i_customer FROM accounts a JOIN cdrs USING (i_account) WHERE a.i_customer <> 1
              AND a.i_customer NOT IN (SELECT i_wholesaler FROM customers WHERE i_wholesaler IS NOT NULL)
            ORDER BY a.i_customer LIMIT 1
            """);
        _own = await sandbox.Replica.ScalarAsync<long>($"SELECT i_account FROM accounts JOIN cdrs USING (i_account) WHERE i_customer = {customer} LIMIT 1");
        _foreign = await sandbox.Replica.ScalarAsync<long>($"SELECT i_account FROM accounts JOIN cdrs USING (i_account) WHERE i_customer <> {customer} LIMIT 1");
        _ownCdr = await sandbox.Replica.ScalarAsync<long>($"SELECT i_cdr FROM cdrs WHERE i_account = {_own} LIMIT 1");
        _foreignCdr = await sandbox.Replica.ScalarAsync<long>($"SELECT i_cdr FROM cdrs WHERE i_account = {_foreign} LIMIT 1");

        var keys = new (string Id, Reach Reach, Dictionary<string, string> Options)[]
        {
            ("expired", Reach.Refused, new() { ["Scopes__0"] = "cdrs:read:all", ["Expires"] = "2026-01-01" }),
            ("elsewhere", Reach.Refused, new() { ["Scopes__0"] = "cdrs:read:all", ["Networks__0"] = "192.0.2.0/24" }),
            ("ops", Reach.NoCdrs, new() { ["Scopes__0"] = "ops:read" }),
            ("account", Reach.Own, new() { ["Scopes__0"] = "cdrs:read", ["Accounts__0"] = $"{_own}" }),
            ("customer", Reach.OwnByCustomer, new() { ["Scopes__0"] = "cdrs:read", ["Customers__0"] = $"{customer}" }),
            ("all", Reach.All, new() { ["Scopes__0"] = "cdrs:read:all" }),
        };
        var environment = new Dictionary<string, string?>
        {
            ["Security__Jwt__Issuer"] = Issuer,
            ["Security__Jwt__Audience"] = "cdrapi",
            ["Security__Jwt__PublicKeys__0__Kid"] = "k",
            ["Security__Jwt__PublicKeys__0__Pem"] = Rsa.ExportSubjectPublicKeyInfoPem(),
        };
        foreach (var (i, key) in keys.Index())
        {
            var section = $"Security__ApiKeys__{i + 2}__";
            var text = $"cdr_{key.Id}_{RandomNumberGenerator.GetHexString(64)}";
            environment[section + "Id"] = key.Id;
            environment[section + "Sha256"] = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
            foreach (var (name, value) in key.Options)
            {
                environment[section + name] = value;
            }

            _credentials.Add(new($"key {key.Id}", key.Reach, [("X-API-Key", text)]));
        }

        var all = _credentials.Single(c => c.Name == "key all").Headers[0];
        _credentials =
        [
            .. _credentials,
            new("none", Reach.Refused, []),
            new("an unknown key", Reach.Refused, [("X-API-Key", "cdr_all_0000")]),
            new("a key in the wrong place", Reach.Refused, [("Authorization", $"Bearer {all.Value}")]),
            new("a password", Reach.Refused, [("Authorization", "Basic YWxsOmFsbA==")]),
            new("a forged token", Reach.Refused, [("Authorization", $"Bearer {Token("cdrs:read:all")}0")]),
            new("a key and a token", Reach.Refused, [all, ("Authorization", $"Bearer {Token("cdrs:read:all")}")]),
            new("token without a scope", Reach.NoCdrs, [("Authorization", $"Bearer {Token("openid")}")]),
            new("token of an account", Reach.Own, [("Authorization", $"Bearer {Token("cdrs:read", ("i_account", _own))}")]),
            new("token of a customer", Reach.OwnByCustomer, [("Authorization", $"Bearer {Token("cdrs:read", ("i_customer", customer))}")]),
            new("token of all", Reach.All, [("Authorization", $"Bearer {Token("cdrs:read:all")}")]),
        ];
        _api = await sandbox.Sandbox.StartApiAsync(environment);
        await BeginAsync("session of an account's key", "key account", Reach.Own, "{}");
        await BeginAsync("session of a customer's key", "key customer", Reach.OwnByCustomer, "{}");
        await BeginAsync("session narrowed from a customer to an account", "key customer", Reach.Own, $$"""{"i_account":{{_own}}}""");
        await BeginAsync("session narrowed from all to an account", "key all", Reach.Own, $$"""{"i_account":{{_own}}}""");
        await BeginAsync("session of a key for all", "key all", Reach.All, "{}");
        await BeginAsync("a revoked session", "key all", Reach.Refused, "{}");
        using var revoked = await SendAsync(Named("key all"), $"/auth/sessions/{Id(Named("a revoked session"))}", HttpMethod.Delete, null);
        revoked.StatusCode.Should().Be(HttpStatusCode.NoContent);
    }

    public ValueTask DisposeAsync() => _api?.DisposeAsync() ?? ValueTask.CompletedTask;

    [Fact]
    public async Task Every_endpoint_answers_every_credential_as_it_should()
    {
        var cursorOfAccount = await CursorAsync("key account");
        var cursorOfAll = await CursorAsync("key all");
        var rows = new Dictionary<string, List<(Needs Needs, string Path, string? Body)>>
        {
            ["GET /health"] = [(Needs.Nothing, "/health", null)],
            ["GET /health/live"] = [(Needs.Nothing, "/health/live", null)],
            ["GET /health/ready"] = [(Needs.Nothing, "/health/ready", null)],
            ["GET /replication-lag"] = [(Needs.Nothing, "/replication-lag", null)],
            ["GET /cdrs"] =
            [
                (Needs.AnyCdrs, "/cdrs?limit=1", null),
                (Needs.OwnAccount, $"/cdrs?limit=1&i_account={_own}", null),
                (Needs.ForeignAccount, $"/cdrs?limit=1&i_account={_foreign}", null),
                (Needs.ForeignAccount, $"/cdrs?limit=1&i_account={_own},{_foreign}", null),
                (Needs.CursorOfAccount, $"/cdrs?limit=1&cursor={cursorOfAccount}", null),
                (Needs.CursorOfAll, $"/cdrs?limit=1&cursor={cursorOfAll}", null),
            ],
            ["GET /accounts/{i_account}/cdrs"] =
            [
                (Needs.OwnAccount, $"/accounts/{_own}/cdrs?limit=1", null),
                (Needs.ForeignAccount, $"/accounts/{_foreign}/cdrs?limit=1", null),
            ],
            ["GET /cdrs/{i_cdr}"] = [(Needs.OwnCdr, $"/cdrs/{_ownCdr}", null), (Needs.ForeignCdr, $"/cdrs/{_foreignCdr}", null)],
            ["GET /cdrs/stats"] =
            [
                (Needs.AnyCdrs, "/cdrs/stats", null),
                (Needs.OwnAccount, $"/cdrs/stats?i_account={_own}", null),
                (Needs.ForeignAccount, $"/cdrs/stats?i_account={_foreign}", null),
            ],
            ["GET /accounts/{i_account}/cdrs/stats"] =
            [
                (Needs.OwnAccount, $"/accounts/{_own}/cdrs/stats", null),
                (Needs.ForeignAccount, $"/accounts/{_foreign}/cdrs/stats", null),
            ],
            // A query of a batch is refused in its own result: see below.
            ["POST /cdrs/batch"] = [(Needs.AnyCdrs, "/cdrs/batch", Batch())],
            ["POST /auth/token"] =
            [
                (Needs.AnyKey, "/auth/token", "{}"),
                (Needs.KeyForOwnAccount, "/auth/token", $$"""{"i_account":{{_own}}}"""),
                (Needs.KeyForForeignAccount, "/auth/token", $$"""{"i_account":{{_foreign}}}"""),
                (Needs.KeyForForeignAccount, "/auth/token", $$"""{"i_account":[{{_own}},{{_foreign}}]}"""),
            ],
            ["GET /auth/sessions"] = [(Needs.AnyKey, "/auth/sessions", null)],
            ["DELETE /auth/sessions/{id}"] = [(Needs.ForeignSession, "/auth/sessions/{foreign}", null), (Needs.OwnSession, "/auth/sessions/{own}", null)],
        };
        (await EndpointsAsync()).Should().BeEquivalentTo(rows.Keys, "each endpoint has its rows here");

        var wrong = new List<string>();
        foreach (var (endpoint, row) in rows.SelectMany(e => e.Value.Select(r => (e.Key, r))))
        {
            foreach (var credential in _credentials.ToList())
            {
                var expected = Expected(credential, row.Needs);
                var methods = endpoint.StartsWith("GET ", StringComparison.Ordinal) ? [HttpMethod.Get, HttpMethod.Head] : new[] { new HttpMethod(endpoint.Split(' ')[0]) };
                foreach (var method in methods)
                {
                    using var response = await SendAsync(credential, await PathAsync(row.Path, credential), method, row.Body);
                    if (response.StatusCode != expected)
                    {
                        wrong.Add($"{method} {endpoint} ({row.Needs}) with {credential.Name}: {(int)response.StatusCode}, not {(int)expected}");
                    }

                    if (response.StatusCode == HttpStatusCode.OK && row.Needs != Needs.Nothing && method == HttpMethod.Get
                        && credential.Reach is Reach.Own && (await response.Content.ReadAsStringAsync()).Contains($"\"i_account\":{_foreign},", StringComparison.Ordinal))
                    {
                        wrong.Add($"{endpoint} with {credential.Name} shows a foreign account");
                    }
                }
            }
        }

        wrong.Should().BeEmpty();
    }

    [Fact]
    public async Task A_batch_refuses_each_foreign_query_by_itself()
    {
        foreach (var credential in _credentials.Where(c => c.Reach >= Reach.Own))
        {
            using var response = await SendAsync(credential, "/cdrs/batch", HttpMethod.Post, Batch());

            var results = JsonDocument.Parse(await response.Content.ReadAsStringAsync()).RootElement.GetProperty("results").EnumerateArray().ToList();
            results.Select(r => r.GetProperty("status").GetInt32()).Should().Equal(
                [200, credential.Reach == Reach.All ? 200 : 403, 200], credential.Name);
            if (credential.Reach != Reach.All)
            {
                results[2].GetRawText().Should().NotContain($"\"i_account\":{_foreign},");
            }
        }
    }

    private static HttpStatusCode Expected(Credential credential, Needs needs) => (needs, credential.Reach) switch
    {
        (Needs.Nothing, _) => HttpStatusCode.OK,
        (_, Reach.Refused) => HttpStatusCode.Unauthorized,
        (_, Reach.NoCdrs) => HttpStatusCode.Forbidden,
        ( >= Needs.AnyKey, _) when !credential.Name.StartsWith("key ", StringComparison.Ordinal) => HttpStatusCode.Forbidden,
        (Needs.KeyForForeignAccount, not Reach.All) => HttpStatusCode.Forbidden,
        (Needs.OwnSession, _) => HttpStatusCode.NoContent,
        (Needs.ForeignSession, _) => HttpStatusCode.NotFound,
        (Needs.CursorOfAccount, not Reach.Own) or (Needs.CursorOfAll, not Reach.All) => HttpStatusCode.BadRequest,
        (_, Reach.All) => HttpStatusCode.OK,
        (Needs.ForeignAccount, _) => HttpStatusCode.Forbidden,
        (Needs.ForeignCdr, _) => HttpStatusCode.NotFound,
        _ => HttpStatusCode.OK,
    };

    private static string Token(string scope, params (string Name, object Value)[] claims)
    {
        var payload = new Dictionary<string, object>
        {
            ["iss"] = Issuer,
            ["aud"] = "cdrapi",
            ["sub"] = "matrix",
            ["scope"] = scope,
            ["exp"] = TimeProvider.System.GetUtcNow().AddHours(1).ToUnixTimeSeconds(),
        };
        foreach (var (name, value) in claims)
        {
            payload[name] = value;
        }

        var text = $"{Encode(new { alg = "RS256", kid = "k", typ = "JWT" })}.{Encode(payload)}";
        return $"{text}.{Base64Url.EncodeToString(Rsa.SignData(Encoding.ASCII.GetBytes(text), HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1))}";
    }

    private static string Encode(object json) => Base64Url.EncodeToString(JsonSerializer.SerializeToUtf8Bytes(json));

    private string Batch() => JsonSerializer.Serialize(new
    {
        queries = new object[]
        {
            new { id = "own", i_account = _own, type = "all", limit = 5 },
            new { id = "foreign", i_account = _foreign, type = "all", limit = 5 },
            new { id = "any", type = "all", limit = 500 },
        },
    });

    private async Task<List<string>> EndpointsAsync()
    {
        using var http = new HttpClient { BaseAddress = _api!.Url };
        var document = JsonDocument.Parse(await http.GetStringAsync("/openapi/v1.json")).RootElement;
        return [.. document.GetProperty("paths").EnumerateObject().SelectMany(path =>
            path.Value.EnumerateObject().Select(method => $"{method.Name.ToUpperInvariant()} {path.Name}"))];
    }

    private async Task<string> CursorAsync(string credential)
    {
        using var response = await SendAsync(Named(credential), "/cdrs?limit=1", HttpMethod.Get, null);
        return JsonDocument.Parse(await response.Content.ReadAsStringAsync()).RootElement.GetProperty("next_cursor").GetString()!;
    }

    private Credential Named(string name) => _credentials.Single(c => c.Name == name);

    private static string Id(Credential session) => session.Headers[0].Value.Split('_')[1];

    private async Task<string> BeginAsync(string name, string key, Reach reach, string body)
    {
        using var response = await SendAsync(Named(key), "/auth/token", HttpMethod.Post, body);
        var token = JsonDocument.Parse(await response.Content.ReadAsStringAsync()).RootElement.GetProperty("access_token").GetString();
        _credentials.Add(new(name, reach, [("Authorization", $"Bearer {token}")]));
        return token!.Split('_')[1];
    }

    /// <summary>A session of the credential's own, or of the other key.</summary>
    private async Task<string> PathAsync(string path, Credential credential)
    {
        if (!path.Contains("/{", StringComparison.Ordinal))
        {
            return path;
        }

        var isKey = credential.Name.StartsWith("key ", StringComparison.Ordinal) && credential.Reach >= Reach.Own;
        var owner = path.EndsWith("{own}", StringComparison.Ordinal) && isKey ? credential.Name
            : credential.Name == "key all" ? "key account" : "key all";
        var id = await BeginAsync("to revoke", owner, Reach.Refused, "{}");
        _credentials.RemoveAt(_credentials.Count - 1);
        return path[..path.IndexOf('{', StringComparison.Ordinal)] + id;
    }

    private Task<HttpResponseMessage> SendAsync(Credential credential, string path, HttpMethod method, string? body) =>
        new ApiCaller(_api!.Url, null).SendAsync(path, method, headers: credential.Headers.ToDictionary(h => h.Name, h => h.Value),
            content: body is null ? null : new StringContent(body, Encoding.UTF8, "application/json"));

    private sealed record Credential(string Name, Reach Reach, (string Name, string Value)[] Headers);
}
