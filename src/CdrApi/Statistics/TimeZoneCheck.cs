using CdrApi.Database;
using Dapper;
using Npgsql;

namespace CdrApi.Statistics;

/// <summary>
/// The time zones that PostgreSQL knows, read once at start: it takes longer than a small statistic, and what
/// PostgreSQL takes for a zone beyond these, such as UTC+3, means the opposite of what a caller would expect.
/// </summary>
internal sealed class TimeZoneCheck : IStartupCheck
{
    public const string Utc = "UTC";

    public IReadOnlySet<string> Names { get; private set; } = new HashSet<string>();

    public async Task RunAsync(NpgsqlConnection connection, CancellationToken cancellation) =>
        Names = (await connection.QueryAsync<string>(new CommandDefinition(TimeZoneSql.Names, cancellationToken: cancellation)))
            .ToHashSet(StringComparer.Ordinal);
}
