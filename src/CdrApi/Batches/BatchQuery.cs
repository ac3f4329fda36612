using System.Text.Json;
using CdrApi.Cdrs;
using CdrApi.Http;
using Microsoft.Extensions.Primitives;

namespace CdrApi.Batches;

/// <summary>
/// One query of a batch: the parameters of a list as members of a JSON object. What they mean, and what is wrong
/// with them, is the list's own reader's business.
/// </summary>
internal sealed class BatchQuery
{
    private const string IdName = "id";
    private const int LongestId = 100;

    private readonly List<KeyValuePair<string, StringValues>> _values = [];
    private readonly List<(string Name, string Message)> _faults = [];
    private readonly HashSet<string> _names = new(StringComparer.Ordinal);

    private BatchQuery()
    {
    }

    /// <summary>As the caller named it; null where it did not.</summary>
    public string? Id { get; private set; }

    public static BatchQuery Read(JsonElement element)
    {
        var query = new BatchQuery();
        if (element.ValueKind != JsonValueKind.Object)
        {
            query._faults.Add(("queries", "Must be objects, such as {\"id\":\"a\",\"i_account\":14}."));
            return query;
        }

        foreach (var member in element.EnumerateObject())
        {
            query.Add(member);
        }

        return query;
    }

    public QueryReader ToReader(CdrSource source)
    {
        var reader = new QueryReader(_values, CdrParameters.OfList(source, ofOneAccount: false));
        foreach (var (name, message) in _faults)
        {
            reader.Fault(name, message);
        }

        return reader;
    }

    private void Add(JsonProperty member)
    {
        var name = "queries";
        try
        {
            name = member.Name;
            if (_names.Add(name))
            {
                Add(name, member.Value);
            }
            else
            {
                _faults.Add((name, JsonBody.GivenTwice));
            }
        }
        catch (InvalidOperationException)
        {
            // Found only when it is read; the other queries are good.
            _faults.Add((name, "Has half of a surrogate pair, or bytes that are no UTF-8: that is no text."));
        }
    }

    private void Add(string name, JsonElement value)
    {
        if (name == IdName)
        {
            if (value.ValueKind == JsonValueKind.String && value.GetString() is { Length: <= LongestId } id)
            {
                Id = id;
            }
            else
            {
                _faults.Add((name, $"Must be text of at most {LongestId} characters."));
            }
        }
        else if (value.ValueKind == JsonValueKind.Array)
        {
            AddAll(name, value);
        }
        else if (TextOf(value) is { } text)
        {
            _values.Add(new(name, text));
        }
        else
        {
            _faults.Add((name, "Must be text, a number or a list of them. Leave it out for none."));
        }
    }

    /// <summary>As the comma-separated list that it would be in a query string.</summary>
    private void AddAll(string name, JsonElement values)
    {
        if (!CdrParameters.IsList(name))
        {
            _faults.Add((name, "Must be one value, not a list."));
            return;
        }

        var texts = values.EnumerateArray().Select(TextOf).ToList();
        if (texts.Count == 0 || texts.Contains(null))
        {
            _faults.Add((name, "Must be a list of texts or numbers, at least one."));
            return;
        }

        // Patterns too: in quotes a comma is a part of one.
        _values.Add(new(name, name == CdrParameters.Fields
            ? string.Join(',', texts)
            : string.Join(',', texts.Select(t => QueryReader.Quote(t!)))));
    }

    private static string? TextOf(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => value.GetString(),
        JsonValueKind.Number => value.GetRawText(),
        JsonValueKind.True => "true",
        JsonValueKind.False => "false",
        _ => null,
    };
}
