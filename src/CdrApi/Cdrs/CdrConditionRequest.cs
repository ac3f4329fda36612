using CdrApi.Database;
using CdrApi.Http;

namespace CdrApi.Cdrs;

/// <summary>A filter's parameter, bound and checked.</summary>
internal static class CdrConditionRequest
{
    // To find the nearest takes its time.
    private const int MostTold = 5;

    /// <summary>Null where it is absent or at fault.</summary>
    public static CdrCondition? Read(QueryReader from, CdrFilterParameter parameter, SourceField field, ReferenceSnapshot reference)
    {
        if (parameter.IsDialled)
        {
            from.RefuseLostPlus(parameter.Name);
        }

        return parameter.Comparison switch
        {
            CdrComparison.AtLeast => from.Decimal(parameter.Name) is { } lowest ? new Between(parameter.Field, lowest, null) : null,
            CdrComparison.AtMost => from.Decimal(parameter.Name) is { } highest ? new Between(parameter.Field, null, highest) : null,
            // Sorted: the order in which values are named makes no other filter.
            _ => from.Many(parameter.Name)?.Order(StringComparer.Ordinal).ToList() is { } values ? ReadList(from, parameter, field, values, reference) : null,
        };
    }

    private static CdrCondition? ReadList(
        QueryReader from, CdrFilterParameter parameter, SourceField field, List<string> values, ReferenceSnapshot reference) =>
        (parameter.Comparison, field) switch
        {
            (CdrComparison.Pattern, _) => new Matches(parameter.Field, values),
            (CdrComparison.Category, _) => ReadCategories(from, parameter, values),
            (CdrComparison.Address, _) => AddressText.Read(from, parameter, values),
            (_, { Lookup: CdrLookup.Country }) => ReadNames(from, parameter, values, reference.Countries) is { } names
                ? new CountryIn(parameter.Field, names, reference.PrefixesOf(names)) : null,
            (_, { Lookup: CdrLookup.Protocol }) => ReadNames(from, parameter, values, reference.Protocols) is { } names
                ? new ProtocolIn(parameter.Field, names, reference.ProtocolsOf(names)) : null,
            (_, { Field.Kind: CdrFieldKind.Integer }) => ReadIntegers(from, parameter, values),
            _ => new TextIn(parameter.Field, values),
        };

    /// <summary>Names that there are, as they are written there; whoever writes them otherwise means the same.</summary>
    private static List<string>? ReadNames(QueryReader from, CdrFilterParameter parameter, List<string> values, NameList known)
    {
        var unknown = values.Where(v => !known.Contains(v)).ToList();
        if (unknown.Count == 0)
        {
            return [.. values.SelectMany(known.Find).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
        }

        var told = unknown.Take(MostTold).Select(v => known.Nearest(v) is { } nearest ? $"'{v}', nearest is {Quoted(nearest)}" : $"'{v}'");
        from.Fault(parameter.Name, $"No such {parameter.Name}: {string.Join(", ", told)}{(unknown.Count > MostTold ? ", and others" : "")}.");
        return null;
    }

    // As it may be passed on.
    private static string Quoted(string name) =>
        name.AsSpan().ContainsAny(',', '"') || name.Length == 0 || name.Trim() != name ? QueryReader.Quote(name) : name;

    private static NumberIn? ReadCategories(QueryReader from, CdrFilterParameter parameter, List<string> categories)
    {
        var unknown = categories.Except(CdrResults.Categories, StringComparer.Ordinal).ToList();
        if (unknown.Count > 0)
        {
            from.Fault(parameter.Name, $"No such category: {string.Join(", ", unknown.Select(c => $"'{c}'"))}. "
                + $"Categories are {string.Join(", ", CdrResults.Categories)}.");
            return null;
        }

        return new NumberIn(parameter.Field,
            [.. CdrResults.All.Where(r => categories.Contains(r.Category, StringComparer.Ordinal)).Select(r => (r.From, r.To))]);
    }

    private static NumberIn? ReadIntegers(QueryReader from, CdrFilterParameter parameter, List<string> values)
    {
        var numbers = new SortedSet<long>();
        foreach (var value in values)
        {
            if (!NumberText.TryParseInteger(value, out var number))
            {
                from.Fault(parameter.Name, "Must be whole numbers, such as 486 or -14.");
                return null;
            }

            numbers.Add(number);
        }

        return new NumberIn(parameter.Field, [.. numbers.Select(n => (n, n))]);
    }
}
