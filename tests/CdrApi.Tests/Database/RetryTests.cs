using System.Text.Json;

namespace CdrApi.Tests.Database;

public sealed class RetryTests(TestSandbox sandbox)
{
    [Theory]
    [InlineData("/cdrs?limit=5")]
    [InlineData("/cdrs?limit=5&result=0,486&cld=33*&include_count=true")]
    [InlineData("/cdrs?limit=5&country=FRANCE&include_count=estimate")]
    [InlineData("/cdrs/stats?group_by=country,day&tz=Europe/Paris&min_cost=0.01")]
    public async Task A_query_whose_backend_is_terminated_is_asked_again(string path)
    {
        Task<JsonElement> asking;
        await using (await HeldQueries.BeginAsync(sandbox))
        {
            asking = sandbox.All.GetAsync(path);
            await Eventually.BecomesTrueAsync(async () =>
                await sandbox.Replica.ScalarAsync<long>("SELECT count(pg_terminate_backend(pid)) " + HeldQueries.Waiting) == 1);
        }

        var answer = await asking;
        await sandbox.RecoverAsync();
        // Two answers differ by their moment only.
        WithoutAsOf(answer).Should().Be(WithoutAsOf(await sandbox.All.GetAsync(path)));
    }

    private static string WithoutAsOf(JsonElement answer) =>
        string.Join('\n', answer.EnumerateObject().Where(p => p.Name != "as_of").Select(p => p.ToString()));
}
