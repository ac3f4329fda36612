namespace CdrApi.Database;

/// <summary>Names that there are, found whatever their case.</summary>
internal sealed class NameList(IEnumerable<string> names)
{
    private const int LongestCompared = 64;

    private readonly ILookup<string, string> _byName = names.Distinct(StringComparer.Ordinal).ToLookup(n => n, StringComparer.OrdinalIgnoreCase);

    public bool Contains(string name) => _byName.Contains(name);

    /// <summary>As they are written; several where they differ in case alone.</summary>
    public IEnumerable<string> Find(string name) => _byName[name];

    /// <summary>The one that needs the fewest changes of a character to be the same; null where there is none.</summary>
    public string? Nearest(string name) =>
        name.Length > LongestCompared ? null : _byName.SelectMany(n => n).Order(StringComparer.Ordinal).MinBy(n => Distance(n.ToUpperInvariant(), name.ToUpperInvariant()));

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
