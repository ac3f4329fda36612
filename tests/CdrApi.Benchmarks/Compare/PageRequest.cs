using System.Globalization;
using System.Text;

namespace CdrApi.Benchmarks.Compare;

/// <summary>How a contender is asked for a page. In path and body, {account} stands for an account's id.</summary>
/// <param name="Path">With the query string.</param>
/// <param name="Body">Posted where there is one.</param>
/// <param name="ApiKey">For those who want one.</param>
internal sealed record PageRequest(string Path, string? Body = null, string? ApiKey = null)
{
    public HttpRequestMessage ToMessage(Uri url, long account)
    {
        var id = account.ToString(CultureInfo.InvariantCulture);
        var message = new HttpRequestMessage(Body is null ? HttpMethod.Get : HttpMethod.Post, new Uri(url, Path.Replace("{account}", id, StringComparison.Ordinal)));
        if (ApiKey is not null)
            message.Headers.Add("X-API-Key", ApiKey);
        if (Body is not null)
            message.Content = new StringContent(Body.Replace("{account}", id, StringComparison.Ordinal), Encoding.UTF8, "text/xml");
        return message;
    }

    /// <summary>The arguments of wrk's script.</summary>
    public IEnumerable<string> ToScript(int accounts) => [Path, Body ?? "-", ApiKey ?? "-", accounts.ToString(CultureInfo.InvariantCulture)];
}
