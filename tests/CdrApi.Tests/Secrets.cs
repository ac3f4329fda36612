using System.Collections.Concurrent;
using System.Text.RegularExpressions;
using Npgsql;

namespace CdrApi.Tests;

/// <summary>What no log may hold: every credential that a test sent, every password, every telephone number of the data.</summary>
public static partial class Secrets
{
    private static readonly ConcurrentDictionary<string, bool> Sent = new();

    /// <summary>What is shorter guards nothing, and stands in a log by chance.</summary>
    private const int Shortest = 16;

    public static void Add(string credential) => _ = credential.Length >= Shortest && Sent.TryAdd(credential, true);

    /// <summary>What the logs of the whole run hold of them; each by what it is, not by its text.</summary>
    public static async Task<IReadOnlyList<string>> FoundInAsync(IEnumerable<string> logs, string password, NpgsqlDataSource database)
    {
        var numbers = new HashSet<string>(StringComparer.Ordinal);
        await using var command = database.CreateCommand("SELECT cli_in FROM cdrs UNION SELECT cld_in FROM cdrs UNION SELECT cli FROM calls UNION SELECT cld FROM calls");
        await using (var reader = await command.ExecuteReaderAsync())
        {
            while (await reader.ReadAsync())
            {
                numbers.UnionWith(Digits().Matches(reader.IsDBNull(0) ? "" : reader.GetString(0)).Select(m => m.Value));
            }
        }

        var found = new List<string>();
        foreach (var log in logs)
        {
            found.AddRange(Sent.Keys.Where(log.Contains).Select(secret => $"the credential {secret[..Math.Min(10, secret.Length)]}…"));
            found.AddRange(log.Contains(password, StringComparison.Ordinal) ? ["the database's password"] : []);
            found.AddRange(Digits().Matches(log).Select(m => m.Value).Where(numbers.Contains).Select(n => $"a number that ends with {n[^4..]}"));
        }

        return [.. found.Distinct()];
    }

    // A shorter one would also be a count, an id or a time.
    [GeneratedRegex("[0-9]{10,}")]
    private static partial Regex Digits();
}
