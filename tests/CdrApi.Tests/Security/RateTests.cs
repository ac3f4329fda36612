using System.Globalization;
using System.Net;
using CdrSandbox;

namespace CdrApi.Tests.Security;

/// <summary>What one credential, or one address without any, may ask of an instance.</summary>
public sealed class RateTests(TestSandbox sandbox)
{
    [Fact]
    public async Task A_credential_is_told_what_is_left_and_is_refused_beyond_it_and_no_other_is()
    {
        await using var api = await StartAsync(("RequestsPerSecond", "1"), ("Burst", "5"));
        var caller = new ApiCaller(api.Url, sandbox.Sandbox.ApiKey);
        var left = new List<int>();
        TimeSpan wait;
        while (true)
        {
            // A 400 and a 404 count as well.
            using var response = await caller.SendAsync(left.Count % 2 == 0 ? "/cdrs?limit=0" : "/cdrs/0");
            response.Headers.GetValues("RateLimit-Policy").Should().Equal("\"requests\";q=5;w=5");
            if (response.StatusCode == HttpStatusCode.TooManyRequests)
            {
                wait = response.Headers.RetryAfter!.Delta!.Value;
                break;
            }

            left.Add(LeftOf(response));
        }

        left.Should().HaveCountGreaterThanOrEqualTo(5).And.StartWith(4);
        wait.Should().Be(TimeSpan.FromSeconds(1));
        await new ApiCaller(api.Url, sandbox.Sandbox.AccountKey).GetAsync("/cdrs?limit=1");
        using (var open = await caller.SendAsync("/health/live"))
        {
            open.StatusCode.Should().Be(HttpStatusCode.OK);
            open.Headers.Contains("RateLimit").Should().BeFalse();
        }

        await Eventually.BecomesTrueAsync(async () =>
        {
            using var response = await caller.SendAsync("/cdrs?limit=1");
            return response.StatusCode == HttpStatusCode.OK;
        }, TimeSpan.FromSeconds(10));
    }

    [Fact]
    public async Task Bulk_downloads_of_a_credential_are_counted_while_they_last()
    {
        await using var api = await StartAsync(("BulkDownloads", "2"), ("BulkRows", "1000"));
        var slow = new ApiCaller(api.Url, sandbox.Sandbox.ApiKey, smallReceiveBuffer: true);
        var first = await slow.SendAsync("/cdrs?limit=1000000&type=all&fields=all", streamed: true);
        using var second = await slow.SendAsync("/cdrs?limit=1000000&type=all&fields=all&order=asc", streamed: true);
        second.StatusCode.Should().Be(HttpStatusCode.OK);
        var caller = new ApiCaller(api.Url, sandbox.Sandbox.ApiKey);
        const string batch = """{"queries":[{"id":"a","limit":1}]}""";

        var problem = await caller.GetAsync("/cdrs?limit=1001", HttpStatusCode.TooManyRequests);

        problem.GetProperty("type").GetString().Should().Be("/problems/too-many-downloads");
        await caller.PostAsync("/cdrs/batch", batch, HttpStatusCode.TooManyRequests);
        await caller.GetAsync("/cdrs?limit=1000");
        await caller.GetAsync("/cdrs/stats");
        await new ApiCaller(api.Url, sandbox.Sandbox.AccountKey).GetAsync("/cdrs?limit=1001");

        // A client that leaves makes room.
        first.Dispose();
        await Eventually.BecomesTrueAsync(async () =>
        {
            using var response = await caller.SendAsync("/cdrs?limit=1001");
            return response.StatusCode == HttpStatusCode.OK;
        });
        await caller.PostAsync("/cdrs/batch", batch);
    }

    [Fact]
    public async Task Failed_attempts_are_limited_by_address_and_spare_good_credentials()
    {
        await using var api = await StartAsync(("FailedAttemptsPerMinute", "3"));
        async Task<HttpStatusCode> AttemptAsync(string? key, string from)
        {
            using var response = await new ApiCaller(api.Url, key).SendAsync("/cdrs?limit=1",
                headers: new Dictionary<string, string> { ["X-Forwarded-For"] = from });
            return response.StatusCode;
        }

        var wrong = sandbox.Sandbox.ApiKey + "0";
        for (var i = 0; i < 3; i++)
        {
            (await AttemptAsync(i == 0 ? null : wrong, "192.0.2.1")).Should().Be(HttpStatusCode.Unauthorized);
        }

        (await AttemptAsync(wrong, "192.0.2.1")).Should().Be(HttpStatusCode.TooManyRequests);
        (await AttemptAsync("x.y.z", "192.0.2.1")).Should().Be(HttpStatusCode.TooManyRequests);
        (await AttemptAsync(sandbox.Sandbox.ApiKey, "192.0.2.1")).Should().Be(HttpStatusCode.OK);
        (await AttemptAsync(wrong, "192.0.2.2")).Should().Be(HttpStatusCode.Unauthorized);
        // What the caller wrote itself stands before what the proxy saw.
        (await AttemptAsync(wrong, "198.51.100.7, 192.0.2.1")).Should().Be(HttpStatusCode.TooManyRequests);

        for (var i = 0; i < 3; i++)
        {
            (await AttemptAsync(wrong, $"2001:db8::{i + 1}")).Should().Be(HttpStatusCode.Unauthorized);
        }

        (await AttemptAsync(wrong, "2001:db8::ffff:1")).Should().Be(HttpStatusCode.TooManyRequests, "it is the same /64");
        (await AttemptAsync(wrong, "2001:db8:0:1::1")).Should().Be(HttpStatusCode.Unauthorized);
    }

    private static int LeftOf(HttpResponseMessage response) => int.Parse(
        response.Headers.GetValues("RateLimit").Single().Split(';').Single(p => p.StartsWith("r=", StringComparison.Ordinal))[2..], CultureInfo.InvariantCulture);

    private Task<ApiProcess> StartAsync(params (string Name, string Value)[] rates) => sandbox.Sandbox.StartApiAsync(
        rates.Select(r => KeyValuePair.Create<string, string?>("Rates__" + r.Name, r.Value))
            .Append(KeyValuePair.Create<string, string?>("Security__TrustedProxies__0", "127.0.0.1/32")).ToDictionary());
}
