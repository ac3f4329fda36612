using System.Net;

namespace CdrApi.Tests.Database;

/// <summary>A standby that is short of something says so to the caller, in words that help.</summary>
public sealed class ResourceTests(TestSandbox sandbox)
{
    [Fact]
    public async Task Beyond_temp_file_limit_a_statistic_is_a_400_that_says_how_to_ask_for_less_and_is_not_asked_again()
    {
        await sandbox.Primary.CreateCommand("ALTER ROLE cdr_reader SET temp_file_limit = '64kB'").ExecuteNonQueryAsync();
        try
        {
            await Eventually.BecomesTrueAsync(() => sandbox.Replica.ScalarAsync<bool>(
                "SELECT EXISTS (SELECT FROM pg_db_role_setting WHERE 'temp_file_limit=64kB' = ANY (setconfig))"));
            await using var api = await sandbox.Sandbox.StartApiAsync(new Dictionary<string, string?> { ["Statistics__WorkMemory"] = "1" });
            var caller = new ApiCaller(api.Url, sandbox.Sandbox.ApiKey);

            var problem = await caller.GetAsync("/cdrs/stats?group_by=i_account,prefix,hour&type=all", HttpStatusCode.BadRequest);

            problem.GetProperty("type").GetString().Should().Be("/problems/too-large");
            problem.GetProperty("detail").GetString().Should().Contain("Narrow the dates");
            api.ReadLog().Should().NotContain("is asked again");
            await caller.GetAsync("/cdrs/stats?group_by=result");
        }
        finally
        {
            await sandbox.Primary.CreateCommand("ALTER ROLE cdr_reader RESET temp_file_limit").ExecuteNonQueryAsync();
        }
    }

    [Theory]
    [InlineData("53100")]
    [InlineData("53200")]
    public async Task Without_disk_or_memory_it_is_a_503_that_says_so_and_what_has_begun_is_asked_again(string state)
    {
        await using var source = await OwnSource.CreateAsync(sandbox);
        await source.AddFaultAsync();
        await using var api = await source.StartApiAsync(new() { ["Database__ConnectTimeout"] = "00:00:01" }, OwnSource.Faulty);
        using var response = await new ApiCaller(api.Url, sandbox.Sandbox.ApiKey, smallReceiveBuffer: true)
            .SendAsync("/cdrs?type=all&limit=30000&fields=all", streamed: true);
        await using var body = await response.Content.ReadAsStreamAsync();
        await body.ReadExactlyAsync(new byte[1000]);

        await source.RunEverywhereAsync($"INSERT INTO altered.fault VALUES ('{state}')");

        foreach (var path in new[] { "/cdrs?limit=1", "/cdrs/stats" })
        {
            (await new ApiCaller(api.Url, sandbox.Sandbox.ApiKey).GetAsync(path, HttpStatusCode.ServiceUnavailable))
                .GetProperty("type").GetString().Should().Be("/problems/no-resources");
        }

        var reading = new StreamReader(body).ReadToEndAsync();
        await Eventually.BecomesTrueAsync(() => Task.FromResult(api.ReadLog().Split($"is asked again (\\\"{state}\\\")").Length > 3));
        await source.RunEverywhereAsync("DELETE FROM altered.fault");
        (await reading).Should().EndWith("}").And.Contain("\"count\":30000");
    }
}
