using System.Globalization;
using System.Net;
using System.Text;
using System.Text.RegularExpressions;
using System.Text.Unicode;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Primitives;

namespace CdrApi.Http;

/// <summary>
/// Reads the parameters of a question and collects every fault by parameter, so that all of them come in one
/// answer. Nothing is ignored: an unknown, repeated or empty parameter is a fault too.
/// </summary>
internal sealed partial class QueryReader
{
    private const int MostValues = 1000;
    private const int LongestText = 256;

    private readonly Dictionary<string, List<string>> _faults = new(StringComparer.Ordinal);
    private readonly IReadOnlyDictionary<string, StringValues> _values;
    private readonly HashSet<string> _lostPlus = new(StringComparer.Ordinal);

    public QueryReader(HttpRequest request, IReadOnlyCollection<string> known)
        : this(request.Query, known)
    {
        foreach (var parameter in new QueryStringEnumerable(request.QueryString.Value))
        {
            var name = parameter.DecodeName().ToString();
            if (!IsUtf8(parameter.EncodedName) || !IsUtf8(parameter.EncodedValue))
            {
                Fault(name, "Has bytes that are no UTF-8. Write é as %C3%A9, for instance.");
            }

            if (LostPlus().IsMatch(parameter.EncodedValue.Span))
            {
                _lostPlus.Add(name);
            }
        }
    }

    public QueryReader(IEnumerable<KeyValuePair<string, StringValues>> values, IReadOnlyCollection<string> known)
    {
        _values = values.ToDictionary(StringComparer.Ordinal);
        Given = [.. _values.Keys.Where(name => known.Contains(name, StringComparer.Ordinal))];
        foreach (var name in _values.Keys.Where(name => !known.Contains(name, StringComparer.Ordinal)))
        {
            Fault(name, known.Count == 0
                ? "Unknown parameter. This path takes none."
                : $"Unknown parameter. Known ones are {string.Join(", ", known)}.");
        }
    }

    /// <summary>The names of the known parameters that it has.</summary>
    public IReadOnlyList<string> Given { get; }

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
        if (!_values.TryGetValue(name, out var values) || values.Count == 0)
        {
            return null;
        }

        if (values.Count > 1)
        {
            Fault(name, JsonBody.GivenTwice);
            return null;
        }

        return NotEmpty(name, values[0]) ? values[0] : null;
    }

    /// <summary>
    /// A value in which a plus sign means something. In a query string it is a blank: a telephone number would be found nowhere, or another
    /// one found.
    /// </summary>
    public bool RefuseLostPlus(string name)
    {
        var isLost = _lostPlus.Contains(name);
        if (isLost)
        {
            Fault(name, "Has a + that means a blank in a query string. Write the plus sign as %2B.");
        }

        return isLost;
    }

    /// <summary>
    /// The values of a parameter that may be repeated or comma-separated, each once; null when it is absent or at fault.
    /// A value in double quotes may hold commas, and a double quote written twice.
    /// </summary>
    public IReadOnlyList<string>? Many(string name)
    {
        if (!_values.TryGetValue(name, out var given) || given.Count == 0)
        {
            return null;
        }

        var values = new List<string>();
        foreach (var text in given)
        {
            if (!Split(text ?? "", values))
            {
                Fault(name, "Has an empty value, or a double quote that is not closed.");
                return null;
            }
        }

        if (values.Count > MostValues)
        {
            Fault(name, $"May have at most {MostValues} values.");
            return null;
        }

        return values.All(v => IsStorable(name, v)) ? [.. values.Distinct(StringComparer.Ordinal)] : null;
    }

    /// <summary>One of a few words; null when it is absent or at fault.</summary>
    public string? Word(string name, IReadOnlyCollection<string> words)
    {
        var text = Single(name);
        if (text is null || words.Contains(text, StringComparer.Ordinal))
        {
            return text;
        }

        Fault(name, $"Must be {(words.Count == 2 ? string.Join(" or ", words) : $"one of {string.Join(", ", words)}")}.");
        return null;
    }

    public int? Integer(string name, int lowest, int highest)
    {
        if (Single(name) is not { } text)
        {
            return null;
        }

        if (NumberText.TryParseInteger(text, out var value) && value >= lowest && value <= highest)
        {
            return (int)value;
        }

        if (!RefuseLostPlus(name))
        {
            Fault(name, string.Create(CultureInfo.InvariantCulture, $"Must be a whole number from {lowest} to {highest}."));
        }

        return null;
    }

    public decimal? Decimal(string name)
    {
        if (Single(name) is not { } text)
        {
            return null;
        }

        if (NumberText.TryParseDecimal(text, out var value))
        {
            return value;
        }

        if (!RefuseLostPlus(name))
        {
            Fault(name, "Must be a decimal number, such as 0.5 or 5e-1, of at most 28 digits.");
        }

        return null;
    }

    public static bool TryParseId(string text, out long id) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out id);

    /// <summary>A value as <see cref="Many"/> reads it, whatever is in it.</summary>
    public static string Quote(string value) => $"\"{value.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";

    private static bool Split(string text, List<string> values)
    {
        for (var at = 0; at <= text.Length; at++)
        {
            var start = at;
            while (at < text.Length && text[at] == ' ')
            {
                at++;
            }

            if (at == text.Length || text[at] != '"')
            {
                at = text.IndexOf(',', start) is var comma and >= 0 ? comma : text.Length;
                var plain = text[start..at].Trim(' ');
                if (plain.Length == 0)
                {
                    return false;
                }

                values.Add(plain);
                continue;
            }

            var quoted = new StringBuilder();
            for (at++; ; at++)
            {
                if (at >= text.Length)
                {
                    return false;
                }

                if (text[at] == '"')
                {
                    at++;
                    if (at == text.Length || text[at] != '"')
                    {
                        break;
                    }
                }

                quoted.Append(text[at]);
            }

            values.Add(quoted.ToString());
            while (at < text.Length && text[at] == ' ')
            {
                at++;
            }

            if (at < text.Length && text[at] != ',')
            {
                return false;
            }
        }

        return true;
    }

    private bool IsStorable(string name, string text)
    {
        if (text.Length > LongestText)
        {
            Fault(name, $"Is longer than {LongestText} characters.");
            return false;
        }

        if (text.Contains('\0'))
        {
            Fault(name, "Holds the character U+0000, which no CDR does.");
            return false;
        }

        return true;
    }

    private bool NotEmpty(string name, string? value)
    {
        if (!string.IsNullOrWhiteSpace(value))
        {
            return true;
        }

        Fault(name, "Is empty. Give a value, or leave the parameter out.");
        return false;
    }

    private static bool IsUtf8(ReadOnlyMemory<char> encoded)
    {
        if (!encoded.Span.Contains('%'))
        {
            return true;
        }

        var bytes = Encoding.UTF8.GetBytes(encoded.ToArray());
        return Utf8.IsValid(WebUtility.UrlDecodeToBytes(bytes, 0, bytes.Length));
    }

    // At the beginning of a value, or before a digit.
    [GeneratedRegex(@"(?:^|,|%2C|""|%22)(?:%20)*\+|\+(?:[0-9]|%3[0-9])", RegexOptions.IgnoreCase)]
    private static partial Regex LostPlus();
}
