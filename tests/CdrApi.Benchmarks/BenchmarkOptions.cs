using System.Globalization;

namespace CdrApi.Benchmarks;

/// <summary>What the command line says; <see cref="Help"/> describes each.</summary>
internal sealed record BenchmarkOptions
{
    public const string Help = """
        dotnet run -c Release --project tests/CdrApi.Benchmarks -- BENCHMARK [options]

        Each starts a sandbox (primary, standby, sample CDRs, the API as its own process) and stops it.
        Read the ratio and the growth, of a run on a quiet machine: the API, its client and the server share the cores.

          main      100,000 CDRs as JSON by curl, against the floor: the same rows by psql's binary COPY
            --rows N      sample CDRs, at least 200,000 (default 1,000,000)
            --rounds N    COPY and GET in turn, this often (default 7)

          answers   each kind of answer, in turn: 100,000 CDRs as JSON, NDJSON and CSV; statistics over all CDRs by
                    day and by country, against the same question asked of psql; the newest 500 CDRs of each of
                    20 accounts, as a batch and one after the other
            --rows N      sample CDRs, at least 200,000 (default 1,000,000)
            --rounds N    each in turn, this often (default 7)

          memory    growth of the API's peak memory during a download of 1,000,000 CDRs, after warm-up
                    with pages of 1,000: at full speed, and by a client that reads 1 MB/s
            --rows N      sample CDRs, at least 200,000 (default 1,000,000)
            --seconds N   how much of the slow download is watched (default 60)

          lanes     pages of 100 CDRs, alone and while 8 bulk downloads run: medians and 99th percentiles
            --rows N      sample CDRs, at least 200,000 (default 1,000,000)

          soak      10 minutes of downloads, pages, statistics and clients that do not read, at the pool's limit, with a
                    fault every 20 s: wrong answers, refusals, memory
            --rows N      sample CDRs, at least 200,000 (default 1,000,000)
            --seconds N   how long (default 600)

          keys      refusals of wrong keys, 20,000 of each kind in turn: whether the time tells how much of a key is right

          compare   all of it beside COPY, json_agg, Fastify, Dapper and XML-RPC: writes docs/performance.json, the charts in
                    docs/performance/ and its part of docs/performance.md. Run it from the repository's root; an hour or more.
                    Needs node, npm, wrk, curl, and Debian's python3 with python3-psycopg2.
            --tables N,N,…  CDRs of the tables, smallest first (default 1000000,5000000,20000000); lists and pages are of the
                            largest, statistics of the smallest
            --rounds N      each in turn, this often (default 7)
            --parts P,P,…   of statistics, sizes, start, lists, pages, downloads, long-lists (default: all); the others' figures stay
            --output DIR    instead of docs

          --quick   for each: 20,000 rows, a few seconds; shows that the benchmark works, judges nothing

        Exit code 0 whatever was measured, 1 if something broke, 2 for a wrong command line.
        """;

    public int Rows { get; init; } = 1_000_000;

    public int Rounds { get; init; } = 7;

    /// <summary>Null: as long as the benchmark takes by itself.</summary>
    public int? Seconds { get; init; }

    /// <summary>CDRs of the tables that contenders are compared on, smallest first.</summary>
    public IReadOnlyList<int> Tables { get; init; } = [1_000_000, 5_000_000, 20_000_000];

    /// <summary>Of a comparison; empty = all.</summary>
    public IReadOnlyCollection<string> Parts { get; init; } = [];

    /// <summary>Where a comparison writes.</summary>
    public string Output { get; init; } = "docs";

    public bool Quick { get; init; }

    /// <summary>Empty with <see cref="Quick"/>: a small run says nothing about a goal.</summary>
    public string Goal(string text) => Quick ? "" : $" (goal: {text})";

    public static BenchmarkOptions Parse(string[] args)
    {
        var options = new BenchmarkOptions();
        var rest = new Queue<string>(args.SelectMany(arg => arg.Split('=', 2)));
        while (rest.TryDequeue(out var name))
        {
            options = name switch
            {
                // Twice the rows of a page, so that the page never reaches the CDRs without a connect_time.
                "--rows" => options with { Rows = Number(200_000, 100_000_000) },
                "--rounds" => options with { Rounds = Number(1, 1000) },
                "--seconds" => options with { Seconds = Number(1, 3600) },
                "--tables" => options with { Tables = [.. List().Select(text => Parse(text, 200_000, 100_000_000)).Order()] },
                "--parts" => options with { Parts = [.. List().Select(Part)] },
                "--output" => options with { Output = Text() },
                "--quick" => options with { Quick = true },
                _ => throw new FormatException($"Unknown option {name}. --help lists them."),
            };
        }

        return options.Quick ? options with { Rows = 20_000, Rounds = 2, Tables = [20_000, 40_000] } : options;

        int Number(int min, int max) => Parse(Text(), min, max);

        string Text() => rest.TryDequeue(out var text) ? text : "";

        string[] List() => Text().Split(',');

        static string Part(string name) => name is "statistics" or "sizes" or "start" or "lists" or "pages" or "downloads" or "long-lists"
            ? name
            : throw new FormatException($"No such part: '{name}'. --help lists them.");

        static int Parse(string text, int min, int max)
        {
            return int.TryParse(text, NumberStyles.AllowThousands, CultureInfo.InvariantCulture, out var value) && value >= min && value <= max
                ? value
                : throw new FormatException($"A number from {min} to {max} must follow, not '{text}'. --help lists the options.");
        }
    }
}
