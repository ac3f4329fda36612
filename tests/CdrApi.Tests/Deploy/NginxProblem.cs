using System.Globalization;
using System.Text.Json;

namespace CdrApi.Tests.Deploy;

/// <summary>A refusal, whether by nginx or by the service: a caller need not know which of them refused.</summary>
internal static class NginxProblem
{
    /// <returns>Its trace id.</returns>
    public static async Task<string> MustBeAsync(HttpResponseMessage answer, int status, string slug, string? retryAfter = null)
    {
        ((int)answer.StatusCode).Should().Be(status);
        answer.Headers.GetValues("Strict-Transport-Security").Should().Equal("max-age=63072000");
        answer.Headers.GetValues("X-Content-Type-Options").Should().Equal("nosniff");
        answer.Headers.CacheControl!.NoStore.Should().BeTrue();
        answer.Headers.RetryAfter?.ToString().Should().Be(retryAfter);
        answer.Content.Headers.ContentType!.MediaType.Should().Be("application/problem+json");
        return MustBe(await answer.Content.ReadAsStringAsync(), status, slug);
    }

    /// <returns>Its trace id.</returns>
    public static string MustBe(string body, int status, string slug)
    {
        var problem = JsonDocument.Parse(body).RootElement;
        problem.GetProperty("type").GetString().Should().Be("/problems/" + slug);
        problem.GetProperty("status").GetInt32().Should().Be(status);
        problem.GetProperty("title").GetString().Should().NotBeEmpty();
        problem.GetProperty("detail").GetString().Should().NotBeEmpty();
        if (problem.TryGetProperty("instance", out var instance))
        {
            instance.GetString().Should().StartWith("/").And.NotContain("?");
        }

        var trace = problem.GetProperty("trace_id").GetString()!;
        trace.Should().HaveLength(32);
        trace.Should().Match(t => t.All(char.IsAsciiHexDigitLower), "a trace id of {0} is hexadecimal", string.Create(CultureInfo.InvariantCulture, $"{status}"));
        return trace;
    }
}
