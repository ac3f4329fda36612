using System.Globalization;

namespace CdrApi.Http;

/// <summary>
/// Reads a query string and collects every fault of it by parameter, so that all of them come in one answer.
/// Nothing is ignored: an unknown, repeated or empty parameter is a fault too.
/// </summary>
internal sealed class QueryReader
{
    private readonly Dictionary<string, List<string>> _faults = new(StringComparer.Ordinal);
    private readonly IQueryCollection _query;

    public QueryReader(IQueryCollection query, IReadOnlyCollection<string> known)
    {
        _query = query;
        foreach (var name in query.Keys.Where(name => !known.Contains(name, StringComparer.Ordinal)))
        {
            Fault(name, known.Count == 0
                ? "Unknown parameter. This path takes none."
                : $"Unknown parameter. Known ones are {string.Join(", ", known)}.");
        }
    }

    public IReadOnlyDictionary<string, string[]>? Faults =>
        _faults.Count == 0 ? null : _faults.ToDictionary(f => f.Key, f => f.Value.ToArray());

    public void Fault(string name, string message)
    {
        if (!_faults.TryGetValue(name, out var messages))
        {
            _faults[name] = messages = [];
        }

        if (!messages.Contains(message, StringComparer.Ordinal))
        {
            messages.Add(message);
        }
    }

    /// <summary>The value of a parameter that may stand once; null when it is absent or at fault.</summary>
    public string? Single(string name)
    {
        var values = _query[name];
        if (values.Count == 0)
        {
            return null;
        }

        if (values.Count > 1)
        {
            Fault(name, "May be given only once.");
            return null;
        }

        return NotEmpty(name, values[0]) ? values[0] : null;
    }

    /// <summary>The values of a parameter that may be repeated or comma-separated; null when it is absent or at fault.</summary>
    public IReadOnlyList<string>? Many(string name)
    {
        var values = _query[name].SelectMany(v => (v ?? "").Split(',')).Select(v => v.Trim()).ToList();
        return values.Count > 0 && values.All(v => NotEmpty(name, v)) ? values : null;
    }

    public int? Integer(string name, int lowest, int highest)
    {
        if (Single(name) is not { } text)
        {
            return null;
        }

        if (long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value)
            && value >= lowest && value <= highest)
        {
            return (int)value;
        }

        Fault(name, string.Create(CultureInfo.InvariantCulture, $"Must be a whole number from {lowest} to {highest}."));
        return null;
    }

    public static bool TryParseId(string text, out long id) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out id);

    private bool NotEmpty(string name, string? value)
    {
        if (!string.IsNullOrWhiteSpace(value))
        {
            return true;
        }

        Fault(name, "Is empty. Give a value, or leave the parameter out.");
        return false;
    }
}
