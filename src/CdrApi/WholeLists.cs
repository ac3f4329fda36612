using Microsoft.Extensions.Primitives;

namespace CdrApi;

/// <summary>
/// All sources of settings as one, in which a list is that of the last source that has it. .NET merges lists by their indexes: a shorter one
/// could take nothing away, and an API key would take on what an earlier source has at its place.
/// </summary>
internal sealed class WholeLists : ConfigurationProvider, IConfigurationSource, IDisposable
{
    private readonly IConfigurationRoot _sources;
    private readonly IDisposable _watch;
    private readonly Lock _loading = new();

    private WholeLists(IConfigurationRoot sources)
    {
        _sources = sources;
        _watch = ChangeToken.OnChange(sources.GetReloadToken, () =>
        {
            Load();
            OnReload();
        });
    }

    /// <summary>Lists that more than one source has.</summary>
    public IReadOnlyCollection<string> Replaced { get; private set; } = [];

    /// <summary>Puts all sources that there are, and one that wins over them, in place of them.</summary>
    public static WholeLists AddTo(ConfigurationManager configuration, IConfigurationSource? last)
    {
        var all = new ConfigurationBuilder();
        foreach (var source in configuration.Sources)
        {
            all.Add(source);
        }

        if (last is not null)
        {
            all.Add(last);
        }

        var lists = new WholeLists(all.Build());
        configuration.Sources.Clear();
        configuration.Sources.Add(lists);
        return lists;
    }

    public IConfigurationProvider Build(IConfigurationBuilder builder) => this;

    public override void Load()
    {
        // What is read later must not be published earlier.
        lock (_loading)
        {
            Merge();
        }
    }

    public void Dispose()
    {
        _watch.Dispose();
        (_sources as IDisposable)?.Dispose();
    }

    private void Merge()
    {
        var settings = new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase);
        var replaced = new SortedSet<string>(StringComparer.OrdinalIgnoreCase);
        foreach (var provider in _sources.Providers)
        {
            var own = ValuesOf(provider, null).ToList();
            foreach (var list in own.Select(v => ListOf(v.Key) ?? (string.IsNullOrEmpty(v.Value) ? v.Key : null)).OfType<string>()
                .Distinct(StringComparer.OrdinalIgnoreCase))
            {
                foreach (var key in settings.Keys.Where(key => list.Equals(ListOf(key), StringComparison.OrdinalIgnoreCase)).ToList())
                {
                    replaced.Add(list);
                    settings.Remove(key);
                }
            }

            foreach (var (key, value) in own)
            {
                settings[key] = value;
            }
        }

        (Data, Replaced) = (settings, replaced);
    }

    private static IEnumerable<KeyValuePair<string, string?>> ValuesOf(IConfigurationProvider provider, string? parent)
    {
        foreach (var name in provider.GetChildKeys([], parent).Distinct(StringComparer.OrdinalIgnoreCase))
        {
            var key = parent is null ? name : ConfigurationPath.Combine(parent, name);
            if (provider.TryGet(key, out var value))
            {
                yield return new(key, value);
            }

            foreach (var child in ValuesOf(provider, key))
            {
                yield return child;
            }
        }
    }

    /// <summary>The outermost list that a setting is in: what stands before its first index; null where it is in none.</summary>
    private static string? ListOf(string key)
    {
        var names = key.Split(ConfigurationPath.KeyDelimiter);
        var index = Array.FindIndex(names, name => name.Length > 0 && name.All(char.IsAsciiDigit));
        return index > 0 ? string.Join(ConfigurationPath.KeyDelimiter, names[..index]) : null;
    }
}
