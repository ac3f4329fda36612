using System.Collections.Concurrent;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Logging;

namespace CdrApi.Tests.Observability;

/// <summary>Receives OTLP over HTTP, and keeps each message as it came. A byte is a character.</summary>
internal sealed class Collector : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ConcurrentQueue<(string Path, string Message)> _messages = new();

    private Collector(WebApplication app) => _app = app;

    public string Url { get; private set; } = "";

    public IEnumerable<string> Traces => Of("/v1/traces");

    public IEnumerable<string> Metrics => Of("/v1/metrics");

    /// <summary>What the API needs in its environment to send all here, at once.</summary>
    public Dictionary<string, string?> Environment => new()
    {
        ["OTEL_EXPORTER_OTLP_ENDPOINT"] = Url,
        ["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf",
        ["OTEL_BSP_SCHEDULE_DELAY"] = "100",
        ["OTEL_METRIC_EXPORT_INTERVAL"] = "200",
    };

    public static async Task<Collector> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var collector = new Collector(builder.Build());
        collector._app.Run(async http =>
        {
            using var message = new MemoryStream();
            await http.Request.Body.CopyToAsync(message);
            collector._messages.Enqueue((http.Request.Path, Encoding.Latin1.GetString(message.ToArray())));
        });
        await collector._app.StartAsync();
        collector.Url = collector._app.Urls.Single();
        return collector;
    }

    public async ValueTask DisposeAsync() => await _app.DisposeAsync();

    private IEnumerable<string> Of(string path) => _messages.Where(m => m.Path == path).Select(m => m.Message);
}
