namespace CdrApi.Database;

/// <summary>Names that there are, found whatever their case.</summary>
internal sealed class NameList(IReadOnlyCollection<string> names)
{
    private const int LongestCompared = 64;

    private readonly ILookup<string, string> _byName = names.Distinct(StringComparer.Ordinal).ToLookup(n => n, StringComparer.OrdinalIgnoreCase);
    private readonly (string Name, string Upper)[] _sorted = [.. names.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).Select(n => (n, n.ToUpperInvariant()))];

    public bool Contains(string name) => _byName.Contains(name);

    /// <summary>As they are written; several where they differ in case alone.</summary>
    public IEnumerable<string> Find(string name) => _byName[name];

    /// <summary>One that has it in it, else the one that needs the fewest changes of a character to be the same; null where there is none.</summary>
    public string? Nearest(string name)
    {
        var upper = name.ToUpperInvariant();
        return name.Length > LongestCompared ? null
            : _sorted.MinBy(n => (upper.Length > 0 && n.Upper.Contains(upper, StringComparison.Ordinal) ? 0 : 1, Distance(n.Upper, upper))).Name;
    }

    private static int Distance(string from, string to)
    {
        var row = Enumerable.Range(0, to.Length + 1).ToArray();
        for (var i = 1; i <= from.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= to.Length; j++)
            {
                var above = row[j];
                row[j] = Math.Min(Math.Min(above, row[j - 1]) + 1, diagonal + (from[i - 1] == to[j - 1] ? 0 : 1));
                diagonal = above;
            }
        }

        return row[^1];
    }
}
