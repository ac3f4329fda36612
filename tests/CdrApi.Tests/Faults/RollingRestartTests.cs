using System.Text.Json;
using CdrApi.Tests.Deploy;
using CdrSandbox;

namespace CdrApi.Tests.Faults;

/// <summary>Instances behind nginx that are restarted in turn, or killed, while they are asked.</summary>
public sealed class RollingRestartTests(TestSandbox sandbox)
{
    private const int Callers = 12;

    [Fact]
    public async Task A_rolling_restart_loses_no_request()
    {
        await RunAsync(async instances =>
        {
            for (var i = 0; i < instances.Length; i++)
            {
                var port = instances[i].Url.Port;
                (await instances[i].StopAsync()).Should().Be(0);
                await instances[i].DisposeAsync();
                instances[i] = await StartInstanceAsync(port);
            }
        });
    }

    [Fact]
    public async Task An_instance_that_is_killed_loses_no_page()
    {
        await RunAsync(async instances =>
        {
            instances[0].Process.Kill();
            await instances[0].Process.WaitForExitAsync();
        }, downloads: false);
    }

    [Fact]
    public async Task An_instance_that_cannot_serve_yet_keeps_requests_waiting_and_refuses_none()
    {
        await using var api = await sandbox.Sandbox.StartApiAsync(waitUntilReady: false);

        (await new ApiCaller(api.Url, sandbox.Sandbox.ApiKey).GetAsync("/cdrs?limit=3")).GetProperty("count").GetInt32().Should().Be(3);
    }

    /// <summary>Callers ask without a pause before, during and after the event; each answer must be whole and right.</summary>
    private async Task RunAsync(Func<ApiProcess[], Task> happens, bool downloads = true)
    {
        ApiProcess[] instances = [await StartInstanceAsync(0), await StartInstanceAsync(0)];
        try
        {
            await using var nginx = await NginxServer.StartAsync(instances.Select(i => i.Url.Port), exempt: NginxServer.Everybody);
            var caller = new ApiCaller(nginx.Url, sandbox.Sandbox.ApiKey);
            var page = await AnswerAsync(caller, "/cdrs?limit=50&type=all");
            var all = await AnswerAsync(caller, "/cdrs?limit=1000000&type=all&fields=i_cdr");
            var answered = 0;
            using var enough = new CancellationTokenSource();
            var asking = Enumerable.Range(0, Callers).Select(i => Task.Run(async () =>
            {
                while (!enough.IsCancellationRequested)
                {
                    if (i == 0 && downloads)
                    {
                        (await AnswerAsync(caller, "/cdrs?limit=1000000&type=all&fields=i_cdr")).Should().Be(all);
                    }
                    else if (i % 3 == 0)
                    {
                        var batch = await caller.PostAsync("/cdrs/batch", """{"queries":[{"limit":50,"type":"all"}]}""");
                        batch.GetProperty("results")[0].GetProperty("data").GetRawText().Should().Be(page);
                    }
                    else
                    {
                        (await AnswerAsync(caller, "/cdrs?limit=50&type=all")).Should().Be(page);
                    }

                    Interlocked.Increment(ref answered);
                }
            })).ToList();

            await MoreAsync(() => answered, asking);
            await happens(instances);
            await MoreAsync(() => answered, asking);
            await enough.CancelAsync();
            await Task.WhenAll(asking);
        }
        finally
        {
            foreach (var instance in instances)
            {
                await instance.DisposeAsync();
            }
        }
    }

    private static async Task MoreAsync(Func<int> answered, List<Task> asking)
    {
        var goal = answered() + 500;
        await Eventually.BecomesTrueAsync(() => Task.FromResult(answered() >= goal || asking.Exists(a => a.IsFaulted)), TimeSpan.FromMinutes(1));
    }

    private static async Task<string> AnswerAsync(ApiCaller caller, string path)
    {
        var answer = await caller.GetAsync(path);
        answer.GetProperty("next_cursor").ValueKind.Should().BeOneOf(JsonValueKind.Null, JsonValueKind.String);
        return answer.GetProperty("data").GetRawText();
    }

    private Task<ApiProcess> StartInstanceAsync(int port) =>
        sandbox.Sandbox.StartApiAsync(new Dictionary<string, string?> { ["Security__TrustedProxies__0"] = "127.0.0.1/32" }, port);
}
