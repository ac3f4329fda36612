using System.Text;
using Dapper;
using Microsoft.Extensions.Options;
using Npgsql;

namespace CdrApi.Database;

/// <summary>
/// Destinations, countries, protocols and who owns which account, in memory: joined in SQL they double the database's work, and a
/// missing or duplicate prefix would lose or repeat a CDR.
/// </summary>
internal sealed partial class ReferenceData(
    Replicas replicas,
    IOptions<SourceOptions> source,
    IOptions<DatabaseOptions> options,
    TimeProvider time,
    IHostApplicationLifetime lifetime,
    ILogger<ReferenceData> logger) : BackgroundLoop(lifetime), IStartupCheck
{
    private volatile ReferenceSnapshot _current = ReferenceSnapshot.Empty;

    /// <summary>The newest state; a request reads one snapshot from its first row to its last.</summary>
    public ReferenceSnapshot Current => _current;

    public async Task RunAsync(NpgsqlConnection connection, CancellationToken cancellation) =>
        _current = await LoadAsync(connection, cancellation);

    protected override async Task RunAsync(CancellationToken stopping)
    {
        using var timer = new PeriodicTimer(options.Value.ReferenceDataRefresh, time);
        while (await timer.WaitForNextTickAsync(stopping))
        {
            try
            {
                await using var open = await replicas.OpenAsync(stopping);
                _current = await LoadAsync(open.Connection, stopping);
            }
            catch (Exception e) when (!stopping.IsCancellationRequested)
            {
                Log.RefreshFailed(logger, e.Message);
            }
        }
    }

    private async Task<ReferenceSnapshot> LoadAsync(NpgsqlConnection connection, CancellationToken cancellation)
    {
        var names = source.Value;
        var countries = await QueryAsync<(string Iso, string? Name)>(
            names.Countries, ReferenceDataSql.Countries, nameof(names.Countries));
        var destinations = await QueryAsync<(string Prefix, string? Iso, string? Description)>(
            names.Destinations, ReferenceDataSql.Destinations, nameof(names.Destinations));
        var protocols = await QueryAsync<(long Id, string? Name)>(
            names.Protocols, ReferenceDataSql.Protocols, nameof(names.Protocols));
        var customers = await QueryAsync<(long Customer, long Wholesaler)>(
            names.Customers, ReferenceDataSql.Customers, nameof(names.Customers));
        var accounts = await QueryAsync<(long Account, long Customer)>(
            names.Accounts, ReferenceDataSql.Accounts, nameof(names.Accounts));
        return ReferenceSnapshot.Build(destinations, countries, protocols, new AccountTree(customers, accounts), time.GetUtcNow());

        async Task<IEnumerable<T>> QueryAsync<T>(string relation, Func<string, string> sql, string option)
        {
            if (relation.Length == 0)
            {
                return [];
            }

            try
            {
                return await connection.QueryAsync<T>(new CommandDefinition(sql(relation), cancellationToken: cancellation));
            }
            catch (PostgresException e) when (e.SqlState is PostgresErrorCodes.UndefinedTable
                or PostgresErrorCodes.UndefinedColumn or PostgresErrorCodes.InsufficientPrivilege)
            {
                throw new StartupCheckException($"Cannot read {relation}: {e.MessageText}. GRANT SELECT ON {relation} to the role "
                    + $"on the primary, name another relation with Source:{option}, or set it empty to do without.");
            }
        }
    }

    private static partial class Log
    {
        [LoggerMessage(LogLevel.Warning, "Reference data could not be refreshed, the last state stays: {Cause}")]
        public static partial void RefreshFailed(ILogger logger, string cause);
    }
}

/// <summary>Reference data as UTF-8, ready to be written; null where the database says NULL or nothing.</summary>
internal sealed class ReferenceSnapshot
{
    private readonly Dictionary<byte[], Destination> _destinations = new(Utf8Comparer.Instance);
    private readonly Dictionary<byte[], Destination>.AlternateLookup<ReadOnlySpan<byte>> _byPrefix;
    private readonly Dictionary<long, byte[]?> _protocols = [];

    private ReferenceSnapshot(AccountTree accounts, DateTimeOffset loadedAt)
    {
        (Accounts, LoadedAt) = (accounts, loadedAt);
        _byPrefix = _destinations.GetAlternateLookup<ReadOnlySpan<byte>>();
    }

    public static ReferenceSnapshot Empty { get; } = new(new AccountTree([], []), DateTimeOffset.MinValue);

    public AccountTree Accounts { get; }

    public DateTimeOffset LoadedAt { get; }

    public static ReferenceSnapshot Build(
        IEnumerable<(string Prefix, string? Iso, string? Description)> destinations,
        IEnumerable<(string Iso, string? Name)> countries,
        IEnumerable<(long Id, string? Name)> protocols,
        AccountTree accounts,
        DateTimeOffset loadedAt)
    {
        var names = new Dictionary<string, byte[]?>(StringComparer.Ordinal);
        foreach (var (iso, name) in countries)
        {
            names.TryAdd(iso, Utf8(name));
        }

        var snapshot = new ReferenceSnapshot(accounts, loadedAt);
        foreach (var (prefix, iso, description) in destinations)
        {
            var country = iso is null ? null : names.GetValueOrDefault(iso);
            snapshot._destinations.TryAdd(Utf8(prefix)!, new Destination(country, Utf8(description)));
        }

        foreach (var (id, name) in protocols)
        {
            snapshot._protocols.TryAdd(id, Utf8(name));
        }

        return snapshot;
    }

    public Destination FindDestination(ReadOnlySpan<byte> prefix) =>
        _byPrefix.TryGetValue(prefix, out var found) ? found : default;

    /// <summary>What stands for each prefix.</summary>
    public IEnumerable<(string Prefix, Destination Destination)> Destinations =>
        _destinations.Select(d => (Encoding.UTF8.GetString(d.Key), d.Value));

    public byte[]? FindProtocol(long id) => _protocols.GetValueOrDefault(id);

    /// <summary>The prefixes that stand for one of these countries.</summary>
    public IEnumerable<string> PrefixesOf(IReadOnlyCollection<string> countries)
    {
        var names = new HashSet<byte[]>(countries.Select(c => Utf8(c)!), Utf8Comparer.Instance);
        return _destinations.Where(d => d.Value.Country is { } country && names.Contains(country)).Select(d => Encoding.UTF8.GetString(d.Key));
    }

    /// <summary>The ids of the protocols of these names.</summary>
    public IEnumerable<long> ProtocolsOf(IReadOnlyCollection<string> protocols)
    {
        var names = new HashSet<byte[]>(protocols.Select(p => Utf8(p)!), Utf8Comparer.Instance);
        return _protocols.Where(p => p.Value is { } name && names.Contains(name)).Select(p => p.Key);
    }

    private static byte[]? Utf8(string? text) => text is null ? null : Encoding.UTF8.GetBytes(text);
}

internal readonly record struct Destination(byte[]? Country, byte[]? Description);

internal sealed class Utf8Comparer : IEqualityComparer<byte[]>, IAlternateEqualityComparer<ReadOnlySpan<byte>, byte[]>
{
    public static Utf8Comparer Instance { get; } = new();

    public bool Equals(byte[]? x, byte[]? y) => x.AsSpan().SequenceEqual(y);

    public bool Equals(ReadOnlySpan<byte> alternate, byte[] other) => alternate.SequenceEqual(other);

    public int GetHashCode(byte[] obj) => GetHashCode(obj.AsSpan());

    // FNV-1a: dial prefixes are a few digits long.
    public int GetHashCode(ReadOnlySpan<byte> alternate)
    {
        var hash = 2166136261;
        foreach (var b in alternate)
        {
            hash = (hash ^ b) * 16777619;
        }

        return (int)hash;
    }

    public byte[] Create(ReadOnlySpan<byte> alternate) => alternate.ToArray();
}
