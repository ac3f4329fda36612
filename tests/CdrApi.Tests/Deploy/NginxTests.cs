using System.Net;
using System.Net.Sockets;

namespace CdrApi.Tests.Deploy;

/// <summary>nginx in front of the service: what it asks again, whom it believes, what it shows to nobody.</summary>
public sealed class NginxTests(TestSandbox sandbox)
{
    [Fact]
    public async Task What_one_instance_does_not_answer_another_is_asked()
    {
        await using var silent = new RawUpstream((_, _) => Task.CompletedTask);
        await using var well = new RawUpstream((_, socket) => RawUpstream.AnswerAsync(socket));
        await using var nginx = await NginxServer.StartAsync([silent.Port, well.Port]);
        using var http = nginx.CreateClient();

        for (var i = 0; i < 5; i++)
        {
            using var answer = await http.PostAsync("/cdrs/batch", new StringContent("""{"queries":[{}]}"""));
            answer.StatusCode.Should().Be(HttpStatusCode.OK);
        }

        well.Heads.Should().HaveCount(5);
        // After two failures it is left alone for a while.
        silent.Heads.Should().HaveCountGreaterThan(0).And.HaveCountLessThan(5);
    }

    [Fact]
    public async Task What_ran_for_long_is_never_asked_again()
    {
        // Longer than the time in which it may be, which is 10 s in the file.
        Func<string, Socket, Task> dies = (_, _) => Task.Delay(TimeSpan.FromSeconds(1.5));
        await using var one = new RawUpstream(dies);
        await using var other = new RawUpstream(dies);
        await using var nginx = await NginxServer.StartAsync([one.Port, other.Port], edits: ("proxy_next_upstream_timeout 10s", "proxy_next_upstream_timeout 1s"));
        using var http = nginx.CreateClient();

        using var answer = await http.GetAsync("/cdrs?limit=1000000");

        await NginxProblem.MustBeAsync(answer, 502, "no-instance", retryAfter: "5");
        one.Heads.Concat(other.Heads).Should().ContainSingle();
    }

    [Theory]
    [InlineData(null, false)]
    [InlineData("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", true)]
    [InlineData("00-00000000000000000000000000000000-00f067aa0ba902b7-01", false)]
    [InlineData("00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01", false)]
    [InlineData("00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01", false)]
    [InlineData("\"}", false)]
    public async Task A_request_has_one_id_in_both_logs_and_in_its_problem(string? traceparent, bool isTaken)
    {
        await using var nginx = await NginxServer.StartAsync([sandbox.Api.Url.Port]);
        using var http = nginx.CreateClient();
        if (traceparent is not null)
        {
            http.DefaultRequestHeaders.TryAddWithoutValidation("traceparent", traceparent);
        }

        // The one is the service's, the other nginx's own.
        using var answers = await http.GetAsync("/cdrs");
        using var own = await http.GetAsync("/metrics");
        var ofService = await NginxProblem.MustBeAsync(answers, 401, "unauthorized");
        var ofNginx = await NginxProblem.MustBeAsync(own, 404, "not-found");

        await Eventually.BecomesTrueAsync(() => Task.FromResult(nginx.ReadAccessLog().Count == 2));
        nginx.ReadAccessLog().Select(l => l.GetProperty("trace").GetString()).Should().Equal(ofService, ofNginx);
        await Eventually.BecomesTrueAsync(() => Task.FromResult(sandbox.Api.ReadLog().Contains($"\"@tr\":\"{ofService}\"", StringComparison.Ordinal)));
        (ofService == traceparent?.Split('-').ElementAtOrDefault(1)).Should().Be(isTaken);
    }

    [Fact]
    public async Task What_a_caller_says_of_its_address_counts_for_nothing()
    {
        await using var api = await sandbox.Sandbox.StartApiAsync(new Dictionary<string, string?>
        {
            ["Security__TrustedProxies__0"] = "127.0.0.1/32",
            ["Security__ApiKeys__0__Networks__0"] = "192.0.2.0/24",
        });
        await using var nginx = await NginxServer.StartAsync([api.Url.Port], site: NginxServer.PretendedAddresses);

        (await StatusAsync("192.0.2.7", forged: null)).Should().Be(HttpStatusCode.OK);
        (await StatusAsync("198.51.100.7", forged: null)).Should().Be(HttpStatusCode.Unauthorized);
        (await StatusAsync("198.51.100.7", forged: "192.0.2.7")).Should().Be(HttpStatusCode.Unauthorized);
        (await StatusAsync("192.0.2.7", forged: "198.51.100.7")).Should().Be(HttpStatusCode.OK);

        async Task<HttpStatusCode> StatusAsync(string address, string? forged)
        {
            using var http = nginx.CreateClient();
            http.DefaultRequestHeaders.Add("X-API-Key", sandbox.Sandbox.ApiKey);
            http.DefaultRequestHeaders.Add("Test-Address", address);
            if (forged is not null)
            {
                http.DefaultRequestHeaders.Add("X-Forwarded-For", forged);
                http.DefaultRequestHeaders.Add("X-Real-IP", forged);
                http.DefaultRequestHeaders.Add("Forwarded", "for=" + forged);
            }

            using var answer = await http.GetAsync("/cdrs?limit=1");
            return answer.StatusCode;
        }
    }

    [Theory]
    [InlineData("/metrics")]
    [InlineData("/METRICS/")]
    [InlineData("//metrics?x=1")]
    [InlineData("/cdrs/../metrics")]
    [InlineData("/%6detrics")]
    public async Task Metrics_are_not_public(string path)
    {
        await using var nginx = await NginxServer.StartAsync([sandbox.Api.Url.Port]);
        using var http = await RawHttp.ConnectAsync(nginx.Url);

        await http.SendAsync($"GET {path} HTTP/1.1", $"X-API-Key: {sandbox.Sandbox.ApiKey}");
        var answer = await http.ReceiveAsync();

        answer.Status.Should().StartWith("HTTP/1.1 404 ");
        answer.Body.Should().Contain("/problems/not-found");
    }

    [Theory]
    [InlineData("/health")]
    [InlineData("/replication-lag")]
    public async Task The_standbys_state_is_open_unless_the_operator_says_otherwise(string path)
    {
        await using var nginx = await NginxServer.StartAsync([sandbox.Api.Url.Port], site: NginxServer.PretendedAddresses);
        using var http = nginx.CreateClient();
        http.DefaultRequestHeaders.Add("Test-Address", "198.51.100.7");

        (await http.GetAsync(path)).StatusCode.Should().Be(HttpStatusCode.OK);
    }

    [Theory]
    [InlineData("/health", "198.51.100.7", 403)]
    [InlineData("/Replication-Lag/", "198.51.100.7", 403)]
    [InlineData("/replication-lag", "192.0.2.30", 200)]
    [InlineData("/health", "127.0.0.1", 200)]
    [InlineData("/health/ready", "198.51.100.7", 200)]
    [InlineData("/health/live", "198.51.100.7", 200)]
    public async Task The_standbys_state_can_be_kept_to_the_operators_addresses(string path, string from, int status)
    {
        await using var nginx = await NginxServer.StartAsync([sandbox.Api.Url.Port], site: NginxServer.PretendedAddresses, edits: ("allow all;", "allow 192.0.2.30;"));
        using var http = nginx.CreateClient();
        http.DefaultRequestHeaders.Add("Test-Address", from);

        using var answer = await http.GetAsync(path);

        ((int)answer.StatusCode).Should().Be(status);
        if (status == 403)
        {
            await NginxProblem.MustBeAsync(answer, 403, "forbidden");
        }
    }
}
