using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.RegularExpressions;
using CdrSandbox;

namespace CdrApi.Tests.Deploy;

/// <summary>
/// Prometheus, Alertmanager and the exporters with the files of deploy/prometheus, laid out as on a host. Only addresses are the tests' own,
/// and it asks once a second.
/// </summary>
internal sealed partial class PrometheusServer : IAsyncDisposable
{
    private static readonly HttpClient Http = new();

    private readonly string _directory = Directory.CreateTempSubdirectory("cdr-api-prometheus-").FullName;
    private readonly Dictionary<string, int> _ports = new(StringComparer.Ordinal);
    private readonly Stack<ToolProcess> _tools = new();

    public static string Deploy { get; } = Path.GetFullPath(Path.Combine(Here(), "../../../deploy"));

    /// <param name="instances">The ports of the service.</param>
    /// <param name="probe">What a caller asks.</param>
    /// <param name="standby">For libpq.</param>
    /// <param name="primary">For libpq.</param>
    /// <param name="figures">The text of a file that a script left.</param>
    public static async Task<PrometheusServer> StartAsync(IEnumerable<int> instances, Uri probe, string standby, string primary, string figures)
    {
        var server = new PrometheusServer();
        try
        {
            server.WriteFiles(instances, probe, figures);
            await server.StartToolAsync("prometheus-node-exporter", "9100", ["--collector.textfile.directory=" + server._directory]);
            await server.StartToolAsync("prometheus-postgres-exporter", "9187", [], ("DATA_SOURCE_NAME", standby));
            await server.StartToolAsync("prometheus-postgres-exporter", "9187", [], ("DATA_SOURCE_NAME", primary), as9187: "9188");
            await server.StartToolAsync("prometheus-blackbox-exporter", "9115", []);
            await server.StartToolAsync("prometheus-alertmanager", "9093",
                ["--config.file=" + Path.Combine(server._directory, "alertmanager.yml"), "--storage.path=" + Path.Combine(server._directory, "alerts")]);
            await server.StartToolAsync("prometheus", "9090",
                ["--config.file=" + Path.Combine(server._directory, "prometheus.yml"), "--storage.tsdb.path=" + Path.Combine(server._directory, "data")]);
            await Eventually.BecomesTrueAsync(() => server.IsReadyAsync());
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>The values of an expression that are numbers; fails when it cannot be read.</summary>
    public async Task<List<double>> QueryAsync(string expression)
    {
        var answer = await GetAsync("9090", "/api/v1/query?query=" + Uri.EscapeDataString(expression));
        return [.. answer.GetProperty("data").GetProperty("result").EnumerateArray()
            .Select(r => double.Parse(r.GetProperty("value")[1].GetString()!, CultureInfo.InvariantCulture)).Where(v => !double.IsNaN(v))];
    }

    /// <summary>The rules as they were last evaluated.</summary>
    public async Task<List<JsonElement>> RulesAsync() =>
        [.. (await GetAsync("9090", "/api/v1/rules")).GetProperty("data").GetProperty("groups").EnumerateArray().SelectMany(g => g.GetProperty("rules").EnumerateArray())];

    /// <summary>The names of the alerts that fire, or will if what is wrong lasts.</summary>
    public async Task<List<string>> AlertsAsync() =>
        [.. (await GetAsync("9090", "/api/v1/alerts")).GetProperty("data").GetProperty("alerts").EnumerateArray().Select(a => a.GetProperty("labels").GetProperty("alertname").GetString()!)];

    /// <summary>The names of the alerts that Alertmanager knows of.</summary>
    public async Task<List<string>> AlertmanagerAsync() =>
        [.. (await GetAsync("9093", "/api/v2/alerts")).EnumerateArray().Select(a => a.GetProperty("labels").GetProperty("alertname").GetString()!)];

    public async ValueTask DisposeAsync()
    {
        while (_tools.TryPop(out var tool))
        {
            await tool.DisposeAsync();
        }

        Directory.Delete(_directory, recursive: true);
    }

    private async Task<bool> IsReadyAsync()
    {
        using var response = await Http.GetAsync(new Uri($"http://127.0.0.1:{PortFor("9090")}/-/ready"));
        return response.IsSuccessStatusCode;
    }

    private async Task<JsonElement> GetAsync(string port, string path)
    {
        using var response = await Http.GetAsync(new Uri($"http://127.0.0.1:{PortFor(port)}{path}"));
        var body = await response.Content.ReadAsStringAsync();
        response.IsSuccessStatusCode.Should().BeTrue("{0} answered {1}", Uri.UnescapeDataString(path), body);
        return JsonDocument.Parse(body).RootElement;
    }

    /// <summary>With the arguments of /etc/default/, and what Debian has elsewhere.</summary>
    private async Task StartToolAsync(string program, string port, string[] more, (string, string)? environment = null, string? as9187 = null)
    {
        var text = File.ReadAllText(Path.Combine(Deploy, "prometheus/defaults", program));
        var arguments = Adapt(Arguments().Match(as9187 is null ? text : text.Replace("9187", as9187, StringComparison.Ordinal)).Groups[1].Value);
        _tools.Push(await ToolProcess.StartAsync(program, program, [.. arguments.Split(' '), .. more], PortFor(as9187 ?? port),
            Path.Combine(_directory, program + (as9187 ?? port) + ".log"), environment is { } variable ? [variable] : []));
    }

    private void WriteFiles(IEnumerable<int> instances, Uri probe, string figures)
    {
        Directory.CreateDirectory(Path.Combine(_directory, "cdrapi/targets"));
        foreach (var rules in Directory.EnumerateFiles(Path.Combine(Deploy, "prometheus/rules")))
        {
            File.Copy(rules, Path.Combine(_directory, "cdrapi", Path.GetFileName(rules)));
        }

        File.Copy(Path.Combine(Deploy, "prometheus/postgres-queries.yml"), Path.Combine(_directory, "postgres-queries.yml"));
        Write("alertmanager.yml", Read("alertmanager.yml"));
        TestCertificate.WriteTo(_directory);
        var authority = Path.Combine(_directory, "ca.pem");
        Write("blackbox.yml", Read("blackbox.yml").Replace("    http:\n", $"    http:\n      tls_config: {{ ca_file: {authority} }}\n", StringComparison.Ordinal));
        Write("prometheus.yml", Interval().Replace(Adapt(Read("prometheus.yml")), "$1: 1s"));
        Write("cdrapi/targets/cdrapi.yml", $"- targets: [{string.Join(", ", instances.Select(i => $"'127.0.0.1:{i}'"))}]");
        Write("cdrapi/targets/blackbox.yml", $"- targets: ['{probe}']");
        Write("cdrapi/targets/postgres_primary.yml", Adapt("- targets: ['127.0.0.1:9188']"));
        Write("cdrapi.prom", figures);
    }

    private static string Read(string file) => File.ReadAllText(Path.Combine(Deploy, "prometheus", file));

    private void Write(string file, string text) => File.WriteAllText(Path.Combine(_directory, file), text);

    private string Adapt(string text) => Address().Replace(text.Replace("/etc/prometheus", _directory, StringComparison.Ordinal), a => "127.0.0.1:" + PortFor(a.Groups[1].Value));

    private int PortFor(string usual) => _ports.TryGetValue(usual, out var port) ? port : _ports[usual] = FreePort.Next();

    private static string Here([CallerFilePath] string file = "") => Path.GetDirectoryName(file)!;

    [GeneratedRegex("""^ARGS="(.*)"$""", RegexOptions.Multiline)]
    private static partial Regex Arguments();

    [GeneratedRegex(@"127\.0\.0\.1:(9\d{3})")]
    private static partial Regex Address();

    [GeneratedRegex(@"(scrape_interval|scrape_timeout|evaluation_interval): 1\ds")]
    private static partial Regex Interval();
}
