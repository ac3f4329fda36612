using System.Text;

namespace CdrApi.Database;

/// <summary>Reference data: names as UTF-8, ready to be written, found by keys as the database writes them. Null where it says NULL or nothing.</summary>
internal sealed class ReferenceSnapshot
{
    private readonly Dictionary<byte[], Destination> _destinations = new(BytesComparer.Instance);
    private readonly Dictionary<byte[], Destination>.AlternateLookup<ReadOnlySpan<byte>> _byPrefix;
    private readonly Dictionary<long, byte[]?> _protocols = [];
    private ILookup<string, byte[]> _prefixesByCountry = Array.Empty<byte[]>().ToLookup(_ => "");

    private ReferenceSnapshot(AccountTree accounts, IEnumerable<byte[]?> countries, IEnumerable<(long Id, byte[]? Name)> protocols, DateTimeOffset loadedAt)
    {
        (Accounts, LoadedAt) = (accounts, loadedAt);
        _byPrefix = _destinations.GetAlternateLookup<ReadOnlySpan<byte>>();
        foreach (var (id, name) in protocols)
        {
            _protocols.TryAdd(id, name);
        }

        Countries = Names(countries);
        Protocols = Names(_protocols.Values);
    }

    /// <summary>For rows in which nothing is looked up.</summary>
    public static ReferenceSnapshot None { get; } = new(new AccountTree([], []), [], [], DateTimeOffset.MinValue);

    public AccountTree Accounts { get; }

    public DateTimeOffset LoadedAt { get; }

    /// <summary>The names of all countries, also of those without a destination.</summary>
    public NameList Countries { get; }

    public NameList Protocols { get; }

    public static ReferenceSnapshot Build(
        TextEncoding encoding,
        IEnumerable<(byte[] Prefix, byte[]? Iso, byte[]? Description)> destinations,
        IEnumerable<(byte[] Iso, byte[]? Name)> countries,
        IEnumerable<(long Id, byte[]? Name)> protocols,
        AccountTree accounts,
        DateTimeOffset loadedAt)
    {
        var names = new Dictionary<byte[], byte[]?>(BytesComparer.Instance);
        foreach (var (iso, name) in countries)
        {
            names.TryAdd(iso, Text(name));
        }

        var snapshot = new ReferenceSnapshot(accounts, names.Values, protocols.Select(p => (p.Id, Text(p.Name))), loadedAt);
        foreach (var (prefix, iso, description) in destinations)
        {
            var country = iso is null ? null : names.GetValueOrDefault(iso);
            snapshot._destinations.TryAdd(prefix, new Destination(country, Text(description)));
        }

        // A country's name is one array for all of its destinations.
        var texts = names.Values.OfType<byte[]>().Distinct().ToDictionary(n => n, Encoding.UTF8.GetString);
        snapshot._prefixesByCountry = snapshot._destinations.Where(d => d.Value.Country is not null).ToLookup(d => texts[d.Value.Country!], d => d.Key);
        return snapshot;

        byte[]? Text(byte[]? bytes) => bytes is null ? null : encoding.ToUtf8(bytes);
    }

    public Destination FindDestination(ReadOnlySpan<byte> prefix) =>
        _byPrefix.TryGetValue(prefix, out var found) ? found : default;

    public byte[]? FindProtocol(long id) => _protocols.GetValueOrDefault(id);

    /// <summary>The prefixes that stand for one of these countries, each written as in the list of their names.</summary>
    public IReadOnlyList<byte[]> PrefixesOf(IEnumerable<string> countries) => [.. countries.SelectMany(c => _prefixesByCountry[c])];

    /// <summary>The ids of the protocols of these names.</summary>
    public IReadOnlyList<long> ProtocolsOf(IReadOnlyCollection<string> protocols) =>
        [.. _protocols.Where(p => p.Value is { } name && protocols.Contains(Encoding.UTF8.GetString(name))).Select(p => p.Key)];

    private static NameList Names(IEnumerable<byte[]?> names) => new([.. names.OfType<byte[]>().Select(Encoding.UTF8.GetString)]);
}

internal readonly record struct Destination(byte[]? Country, byte[]? Description);

internal sealed class BytesComparer : IEqualityComparer<byte[]>, IAlternateEqualityComparer<ReadOnlySpan<byte>, byte[]>
{
    public static BytesComparer Instance { get; } = new();

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
