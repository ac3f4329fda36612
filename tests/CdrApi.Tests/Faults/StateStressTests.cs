using System.Globalization;
using System.Net;
using System.Text.Json;
using CdrApi.Tests.Security;
using CdrSandbox;

namespace CdrApi.Tests.Faults;

/// <summary>
/// Readers without a pause, while what the service stands on changes at random: its key file, rights, the table, standbys, a promotion. Each answer
/// is right, an honest problem, or an aborted body. Seconds of it by default; CDR_STRESS_SECONDS says for how long.
/// </summary>
public sealed class StateStressTests(TestSandbox sandbox)
{
    private const int Rows = 30_000;
    private const string All = "/cdrs?type=all&limit=1000000&fields=i_cdr,cost";

    private static readonly string[] Honest =
        ["starting", "no-replica", "no-source", "no-connection", "no-resources", "too-busy", "query-timeout"];

    private readonly Dictionary<string, int> _outcomes = new(StringComparer.Ordinal);
    private readonly List<string> _wrong = [];

    [Fact]
    public async Task Every_answer_is_right_an_honest_problem_or_an_aborted_body()
    {
        _ = sandbox.Sandbox;
        var seconds = int.Parse(Environment.GetEnvironmentVariable("CDR_STRESS_SECONDS") ?? "10", CultureInfo.InvariantCulture);
        await using var own = await Sandbox.StartAsync(
            new SandboxOptions { Rows = Rows, Accounts = 30, Standbys = 2, CallsPerSecond = 0, StartApi = false }, TextWriter.Null);
        using var file = new KeyFile();
        var (steady, steadyOptions) = KeyFile.NewKey("steady");
        var (flickering, flickeringOptions) = KeyFile.NewKey("flickering");
        file.Write(steadyOptions, flickeringOptions);
        await using var api = await own.StartApiAsync(new Dictionary<string, string?>
        {
            ["ConfigFile"] = file.Path,
            ["Replica__PollInterval"] = "00:00:00.2",
            ["Database__ConnectTimeout"] = "00:00:02",
        });
        var truth = await Truth.ReadAsync(new ApiCaller(api.Url, steady));
        var world = new ChangingWorld(own, file, [steadyOptions, flickeringOptions]);

        using var end = new CancellationTokenSource(TimeSpan.FromSeconds(seconds));
        var reading = Enumerable.Range(0, 4).Select(i => ReadAsync(api, i == 0 ? flickering : steady, mayBeRefused: i == 0, truth, i, end.Token)).ToList();
        var changes = await world.ChangeAsync(TimeSpan.FromSeconds(seconds * 0.8), new Random(seconds));
        await world.PromoteAsync();
        await Task.WhenAll(reading);

        TestContext.Current.SendDiagnosticMessage("{0} s, {1}: {2}", seconds, changes, string.Join(", ", _outcomes.OrderBy(o => o.Key).Select(o => $"{o.Value} {o.Key}")));
        _wrong.Should().BeEmpty();
        _outcomes.GetValueOrDefault("right").Should().BeGreaterThan(seconds, "there were answers");
        await Eventually.BecomesTrueAsync(async () => (await new ApiCaller(api.Url, steady).SendAsync("/cdrs?limit=1")).StatusCode == HttpStatusCode.OK);
        (await Truth.ReadAsync(new ApiCaller(api.Url, steady))).Should().BeEquivalentTo(truth, "one standby is left");
    }

    private async Task ReadAsync(ApiProcess api, string key, bool mayBeRefused, Truth truth, int seed, CancellationToken end)
    {
        var random = new Random(seed);
        var caller = new ApiCaller(api.Url, key);
        while (!end.IsCancellationRequested)
        {
            var outcome = "aborted";
            try
            {
                outcome = await AskAsync(caller, mayBeRefused, truth, random);
            }
            catch (Exception e) when (e is IOException or HttpRequestException)
            {
                // What was received has no proper end.
            }

            lock (_outcomes)
            {
                _outcomes[outcome] = _outcomes.GetValueOrDefault(outcome) + 1;
            }
        }
    }

    private async Task<string> AskAsync(ApiCaller caller, bool mayBeRefused, Truth truth, Random random)
    {
        var at = random.Next(truth.Ids.Count - 60);
        var (path, expected) = random.Next(4) switch
        {
            0 => (All, truth.Rows),
            1 => ($"/cdrs?type=all&limit=50&fields=i_cdr,cost&offset={at}", truth.Rows.GetRange(at, 50)),
            2 => ("/cdrs/stats?type=all", [truth.Totals]),
            _ => ("/cdrs?type=all&limit=20&fields=i_cdr,cost", truth.Rows.GetRange(0, 20)),
        };
        using var response = await caller.SendAsync(path);
        var body = await response.Content.ReadAsStringAsync();
        var json = JsonDocument.Parse(body).RootElement;
        if (response.StatusCode == HttpStatusCode.OK)
        {
            var rows = path.StartsWith("/cdrs/stats", StringComparison.Ordinal) ? [Truth.TotalsOf(json)] : Truth.RowsOf(json);
            return rows.SequenceEqual(expected, StringComparer.Ordinal) ? "right" : Wrong($"{path}: {rows.Count} rows for {expected.Count}, {body[..Math.Min(300, body.Length)]}");
        }

        var problem = json.GetProperty("type").GetString()!["/problems/".Length..];
        return Honest.Contains(problem) || (mayBeRefused && problem == "unauthorized") ? problem : Wrong($"{path}: {body}");
    }

    private string Wrong(string what)
    {
        lock (_outcomes)
        {
            _wrong.Add(what);
        }

        return "wrong";
    }

    /// <summary>What does not change: no change touches a value.</summary>
    private sealed record Truth(List<string> Rows, List<long> Ids, string Totals)
    {
        public static async Task<Truth> ReadAsync(ApiCaller caller)
        {
            var list = await caller.GetAsync(All);
            return new Truth(RowsOf(list), [.. list.GetProperty("data").EnumerateArray().Select(r => r.GetProperty("i_cdr").GetInt64())],
                TotalsOf(await caller.GetAsync("/cdrs/stats?type=all")));
        }

        public static List<string> RowsOf(JsonElement list) => [.. list.GetProperty("data").EnumerateArray().Select(r => r.GetRawText())];

        public static string TotalsOf(JsonElement statistics) => statistics.GetProperty("totals").GetRawText();
    }
}
