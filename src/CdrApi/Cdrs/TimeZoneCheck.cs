using System.Collections.Concurrent;
using System.Collections.Frozen;
using CdrApi.Database;
using Dapper;
using Npgsql;

namespace CdrApi.Cdrs;

/// <summary>
/// The time zones that PostgreSQL knows, read once at start: it takes longer than a small statistic, and what
/// PostgreSQL takes for a zone beyond these, such as UTC+3, means the opposite of what a caller would expect.
/// </summary>
internal sealed class TimeZoneCheck : IReplicaCheck
{
    public const string Utc = "UTC";

    private readonly ConcurrentDictionary<string, IEnumerable<string>> _ofReplicas = new(StringComparer.Ordinal);
    private volatile FrozenSet<string>? _names;

    public bool IsRepeated => false;

    /// <summary>Those that each replica knows: any of them may be asked.</summary>
    public IReadOnlySet<string> Names => _names ?? throw new InvalidOperationException("Asked before the start-up checks passed.");

    public async Task RunAsync(NpgsqlConnection connection, CancellationToken cancellation)
    {
        _ofReplicas[$"{connection.Host}:{connection.Port}"] =
            await connection.QueryAsync<string>(new CommandDefinition(TimeZoneSql.Names, cancellationToken: cancellation));
        _names = _ofReplicas.Values.Aggregate((all, names) => all.Intersect(names, StringComparer.Ordinal)).ToFrozenSet(StringComparer.Ordinal);
    }
}
