using System.Net;
using System.Text.RegularExpressions;

namespace CdrApi.Tests.Security;

public sealed partial class ApiKeyTests(TestSandbox sandbox)
{
    private static readonly string[] Open = ["/health", "/health/live", "/health/ready", "/replication-lag"];

    [Fact]
    public async Task Every_path_but_health_lag_and_the_documents_needs_a_key()
    {
        var document = await sandbox.Nobody.GetAsync("/openapi/v1.json");
        var operations = document.GetProperty("paths").EnumerateObject()
            .SelectMany(p => p.Value.EnumerateObject().Select(o => (Path: p.Name, Method: new HttpMethod(o.Name)))).ToList();
        operations.Select(o => o.Path).Should().Contain(Open).And.Contain("/cdrs");

        foreach (var (path, method) in operations.Where(o => !Open.Contains(o.Path)))
        {
            using var response = await sandbox.Nobody.SendAsync(PathParameter().Replace(path, "1"), method);

            response.StatusCode.Should().Be(HttpStatusCode.Unauthorized, "{0} needs a key", path);
            response.Headers.WwwAuthenticate.ToString().Should().StartWith("ApiKey");
            response.Content.Headers.ContentType!.MediaType.Should().Be("application/problem+json");
        }
    }

    [Theory]
    [InlineData("wrong")]
    [InlineData("cdr_sandbox_")]
    [InlineData("cdr_sandbox_0000000000000000000000000000000000000000000000000000000000000000")]
    [InlineData("cdr_nobody_0000000000000000000000000000000000000000000000000000000000000000")]
    [InlineData("cdr_")]
    [InlineData("_")]
    public async Task A_wrong_key_is_a_401(string key)
    {
        var problem = await new ApiCaller(sandbox.Api.Url, key).GetAsync("/cdrs", HttpStatusCode.Unauthorized);

        problem.GetProperty("type").GetString().Should().Be("/problems/unauthorized");
    }

    [Fact]
    public async Task A_key_with_another_ones_id_is_a_401()
    {
        var mixed = sandbox.Sandbox.AccountKey.Replace($"account{sandbox.Sandbox.Account}", "sandbox", StringComparison.Ordinal);

        await new ApiCaller(sandbox.Api.Url, mixed).GetAsync("/cdrs", HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task A_key_is_not_taken_from_the_query_string()
    {
        await sandbox.Nobody.GetAsync($"/cdrs?X-API-Key={sandbox.Sandbox.ApiKey}", HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task A_narrow_key_lists_its_own_account_only()
    {
        var account = sandbox.Sandbox.Account;
        var own = await Rows.FromSqlAsync(sandbox.Replica, $"i_account = {account}");

        (await sandbox.Narrow.GetRowsAsync("/cdrs?type=all&limit=1000000")).Should().Equal(own);
        (await sandbox.Narrow.GetRowsAsync($"/cdrs?type=all&limit=1000000&i_account={account}")).Should().Equal(own);
        (await sandbox.Narrow.GetRowsAsync($"/accounts/{account}/cdrs?type=all&limit=1000000")).Should().Equal(own);
    }

    [Fact]
    public async Task A_narrow_key_gets_403_for_another_account_alone_or_among_its_own()
    {
        var account = sandbox.Sandbox.Account;
        foreach (var path in new[] { $"/accounts/{account + 1}/cdrs", $"/cdrs?i_account={account + 1}", $"/cdrs?i_account={account},{account + 1}" })
        {
            var problem = await sandbox.Narrow.GetAsync(path, HttpStatusCode.Forbidden);

            problem.GetProperty("type").GetString().Should().Be("/problems/forbidden");
        }
    }

    [Fact]
    public async Task A_foreign_CDR_is_not_told_apart_from_none()
    {
        var account = sandbox.Sandbox.Account;
        var own = await sandbox.Replica.ScalarAsync<long>($"SELECT max(i_cdr) FROM cdrs WHERE i_account = {account}");
        var foreign = await sandbox.Replica.ScalarAsync<long>($"SELECT max(i_cdr) FROM cdrs WHERE i_account <> {account}");

        (await sandbox.Narrow.GetAsync($"/cdrs/{own}")).GetProperty("i_account").GetInt64().Should().Be(account);
        var refused = await sandbox.Narrow.GetAsync($"/cdrs/{foreign}", HttpStatusCode.NotFound);
        var absent = await sandbox.Narrow.GetAsync("/cdrs/1", HttpStatusCode.NotFound);

        refused.GetProperty("detail").GetString().Should().Be(absent.GetProperty("detail").GetString());
    }

    [Fact]
    public async Task An_account_named_twice_in_a_key_is_listed_once()
    {
        await using var api = await sandbox.Sandbox.StartApiAsync(new Dictionary<string, string?>
        {
            ["Security__ApiKeys__1__Accounts__1"] = sandbox.Sandbox.Account.ToString(System.Globalization.CultureInfo.InvariantCulture),
        });

        (await new ApiCaller(api.Url, sandbox.Sandbox.AccountKey).GetRowsAsync("/cdrs?type=all&limit=3000")).Should()
            .Equal(await Rows.FromSqlAsync(sandbox.Replica, $"i_account = {sandbox.Sandbox.Account}", limit: 3000));
    }

    [Fact]
    public async Task A_key_without_a_scope_for_CDRs_gets_403()
    {
        const string Key = "cdr_ops_1234";
        await using var api = await sandbox.Sandbox.StartApiAsync(new Dictionary<string, string?>
        {
            ["Security__ApiKeys__2__Id"] = "ops",
            ["Security__ApiKeys__2__Sha256"] = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData("cdr_ops_1234"u8)),
            ["Security__ApiKeys__2__Scopes__0"] = "ops:read",
        });

        await new ApiCaller(api.Url, Key).GetAsync("/cdrs", HttpStatusCode.Forbidden);
    }

    [GeneratedRegex("{[^}]*}")]
    private static partial Regex PathParameter();
}
