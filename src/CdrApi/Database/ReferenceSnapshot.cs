using System.Text;

namespace CdrApi.Database;

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

    /// <summary>For rows in which nothing is looked up.</summary>
    public static ReferenceSnapshot None { get; } = new(new AccountTree([], []), DateTimeOffset.MinValue);

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
