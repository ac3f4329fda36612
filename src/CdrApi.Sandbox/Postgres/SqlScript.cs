using System.Text.RegularExpressions;
using Npgsql;

namespace CdrSandbox.Postgres;

/// <summary>An SQL file run as psql runs it: a statement at a time, each in a transaction of its own.</summary>
internal static partial class SqlScript
{
    public static async Task RunAsync(NpgsqlDataSource database, string resource, CancellationToken cancellationToken)
    {
        using var stream = typeof(SqlScript).Assembly.GetManifestResourceStream(resource)
            ?? throw new InvalidOperationException($"{resource} is not in the assembly.");
        using var reader = new StreamReader(stream);
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        foreach (var statement in Split(await reader.ReadToEndAsync(cancellationToken)))
        {
            await using var command = new NpgsqlCommand(statement, connection) { CommandTimeout = 0 };
            await command.ExecuteNonQueryAsync(cancellationToken);
        }
    }

    /// <summary>CREATE INDEX CONCURRENTLY refuses the transaction that several statements in one command would share.</summary>
    public static IEnumerable<string> Split(string script)
    {
        var start = 0;
        foreach (Match token in Tokens().Matches(script))
        {
            if (token.Value != ";")
                continue;
            yield return script[start..token.Index].Trim();
            start = token.Index + 1;
        }
    }

    // A semicolon ends a statement unless a comment, a string, an identifier or a dollar-quoted body holds it.
    [GeneratedRegex(@"--[^\n]*|/\*.*?\*/|'(?:[^']|'')*'|""[^""]*""|\$(?<tag>\w*)\$.*?\$\k<tag>\$|;", RegexOptions.Singleline)]
    private static partial Regex Tokens();
}
