using System.Globalization;
using System.Numerics;

namespace CdrSandbox;

/// <summary>The command line, read strictly: an option it does not know is an error.</summary>
public static class CommandLine
{
    public const string Help = """
        A Sippy-like PostgreSQL primary, streaming standbys, sample CDRs and the API, on this machine.
        Ctrl-C or SIGTERM stops all of it and leaves nothing behind.

          --rows N               sample CDRs (default 200,000)
          --accounts N           accounts they are spread over, unevenly (default 200)
          --calls-per-second R   new calls on the primary while it runs (default 5; 0 = none)
          --standbys N           streaming standbys, 1 to 8 (default 1)
          --port P               the API's port (default 3001; 0 = any free port)
          --seed S               same seed, same data (default 1)
          --no-api               the database alone
          --env-file FILE        write addresses and keys as KEY=VALUE lines when everything is ready
          --help                 this text

        The newest sample CDR ends just before the current UTC hour began, so within one hour the same seed
        gives the same rows, and across hours the same rows with their times moved. They cover 30 days up to
        1 million rows, and up to 90 days above.

        PostgreSQL is taken from PATH or /usr/lib/postgresql, else run in containers where Docker answers.
        CDR_SANDBOX_POSTGRES=local or =docker chooses one. CDR_SANDBOX_PG_BIN names another directory of server
        programs (initdb, pg_ctl, postgres), which the servers' user must be able to execute.
        """;

    public static bool AsksForHelp(string[] args) => args.Any(arg => arg is "--help" or "-h");

    public static SandboxOptions Parse(string[] args)
    {
        var options = new SandboxOptions();
        var rest = new Queue<string>(args.SelectMany(SplitAtEquals));
        while (rest.TryDequeue(out var name))
        {
            options = name switch
            {
                "--rows" => options with { Rows = Number(0L, 1_000_000_000L) },
                "--accounts" => options with { Accounts = Number(1, 1_000_000) },
                "--calls-per-second" => options with { CallsPerSecond = Number(0d, 10_000d) },
                "--standbys" => options with { Standbys = Number(1, 8) },
                "--port" => options with { Port = Number(0, 65_535) },
                "--seed" => options with { Seed = Number(int.MinValue, int.MaxValue) },
                "--no-api" => options with { StartApi = false },
                "--env-file" => options with { EnvFile = Path.GetFullPath(Value()) },
                _ => throw new FormatException($"Unknown option {name}. --help lists them."),
            };

            string Value() => rest.TryDequeue(out var value) && value.Length > 0 && !value.StartsWith("--", StringComparison.Ordinal)
                ? value
                : throw new FormatException($"{name} needs a value.");

            T Number<T>(T min, T max) where T : INumber<T>
            {
                var text = Value().Replace("_", "", StringComparison.Ordinal).Replace(",", "", StringComparison.Ordinal);
                return T.TryParse(text, NumberStyles.Number, CultureInfo.InvariantCulture, out var value) && value >= min && value <= max
                    ? value
                    : throw new FormatException(string.Create(CultureInfo.InvariantCulture, $"{name} takes a number from {min} to {max}."));
            }
        }
        return options;
    }

    // --rows=5 as well as --rows 5
    private static string[] SplitAtEquals(string arg) =>
        arg.StartsWith("--", StringComparison.Ordinal) ? arg.Split('=', 2) : [arg];
}
