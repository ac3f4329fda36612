using System.Globalization;
using CdrApi.Database;
using CdrApi.Http;
using CdrApi.Security;

namespace CdrApi.Cdrs;

/// <summary>The part of a question that says which CDRs are meant, bound and checked.</summary>
/// <param name="Filter">What was understood; of no use where the reader has faults.</param>
/// <param name="Terms">What its reads ask of a standby.</param>
/// <param name="Allowed">Whether the caller may see every account that it names.</param>
internal sealed record CdrFilterRequest(CdrFilter Filter, ReadTerms Terms, bool Allowed)
{
    /// <param name="from">Collects the faults.</param>
    /// <param name="account">The account of the path, where it names one.</param>
    /// <param name="caller">Narrows the filter to what the caller may see.</param>
    /// <param name="source">Has the fields.</param>
    /// <param name="reference">Knows what stands for a country or a protocol.</param>
    public static CdrFilterRequest Read(
        QueryReader from, string? account, Caller caller, CdrSource source, ReferenceSnapshot reference)
    {
        var start = ReadTime(from, CdrParameters.StartDate);
        var end = ReadTime(from, CdrParameters.EndDate);
        if (start is not null && end is not null && end <= start)
        {
            from.Fault(CdrParameters.EndDate, "Must be after start_date: the range is [start_date, end_date).");
        }

        var named = ReadAccounts(from, account is null ? from.Many(CdrParameters.Account) : [account]);
        var type = from.Word(CdrParameters.Type, CdrTypes.Names) is { } text && CdrTypes.TryParse(text, out var known)
            ? known : CdrType.NonZeroAndErrors;
        var accounts = named is null ? caller.Reach : string.Join(',', named);
        caller.Audit.Asks(accounts, from.Given);
        var filter = new CdrFilter
        {
            Start = start,
            End = end,
            Accounts = caller.Narrow(named),
            AccountsIdentity = accounts,
            Type = type,
            Conditions = [.. ReadConditions(from, source, reference)],
        };
        foreach (var highest in filter.Conditions.OfType<Between>().Where(b => b.Highest is not null))
        {
            if (filter.Conditions.OfType<Between>().Any(b => b.Field == highest.Field && b.Lowest > highest.Highest))
            {
                from.Fault("max_" + highest.Field, $"Must be at least min_{highest.Field}.");
            }
        }

        return new CdrFilterRequest(filter, new ReadTerms(caller.Accounts, caller.Credential, ReadStaleness(from), Lane.Page), named is null || named.All(caller.MaySee));
    }

    private static TimeSpan? ReadStaleness(QueryReader from)
    {
        var seconds = from.Decimal(CdrParameters.MaxStaleness);
        if (seconds is < 0 or > CdrParameters.HighestStaleness)
        {
            from.Fault(CdrParameters.MaxStaleness, $"Must be seconds from 0 to {CdrParameters.HighestStaleness}.");
            return null;
        }

        return seconds is null ? null : TimeSpan.FromSeconds((double)seconds);
    }

    private static DateTimeOffset? ReadTime(QueryReader from, string name)
    {
        if (from.Single(name) is not { } text)
        {
            return null;
        }

        if (Rfc3339.TryParse(text, out var value))
        {
            return value;
        }

        from.Fault(name, $"Must be {Rfc3339.Description}.");
        return null;
    }

    private static List<long>? ReadAccounts(QueryReader from, IReadOnlyList<string>? texts)
    {
        if (texts is null)
        {
            return null;
        }

        var accounts = new SortedSet<long>();
        foreach (var text in texts)
        {
            if (QueryReader.TryParseId(text, out var id))
            {
                accounts.Add(id);
            }
            else
            {
                from.Fault(CdrParameters.Account, "Must be whole numbers from 0 to 9223372036854775807.");
            }
        }

        return [.. accounts];
    }

    private static IEnumerable<CdrCondition> ReadConditions(QueryReader from, CdrSource source, ReferenceSnapshot reference)
    {
        foreach (var parameter in CdrFilterParameters.All)
        {
            if (source.Find(parameter.Field) is not { } field)
            {
                continue;
            }

            if (field.IsMasked && from.Given.Contains(parameter.Name, StringComparer.Ordinal))
            {
                // Filters would tell, digit by digit, what the mask hides.
                from.Fault(parameter.Name, $"{parameter.Field} is masked for this credential, so that it cannot be filtered by.");
            }
            else if (ReadCondition(from, parameter, field, reference) is { } condition)
            {
                yield return condition;
            }
        }
    }

    private static CdrCondition? ReadCondition(
        QueryReader from, CdrFilterParameter parameter, SourceField field, ReferenceSnapshot reference)
    {
        switch (parameter.Comparison)
        {
            case CdrComparison.Pattern:
                return from.Text(parameter.Name) is { } pattern ? new Matches(parameter.Field, pattern) : null;
            case CdrComparison.Category:
                return ReadCategories(from, parameter);
            case CdrComparison.AtLeast:
                return from.Decimal(parameter.Name) is { } lowest ? new Between(parameter.Field, lowest, null) : null;
            case CdrComparison.AtMost:
                return from.Decimal(parameter.Name) is { } highest ? new Between(parameter.Field, null, highest) : null;
        }

        // Sorted: the order in which values are named makes no other filter.
        if (from.Many(parameter.Name)?.Order(StringComparer.Ordinal).ToList() is not { } values)
        {
            return null;
        }

        return field switch
        {
            { Lookup: CdrLookup.Country } => new LookupIn(parameter.Field, values, [.. reference.PrefixesOf(values)]),
            { Lookup: CdrLookup.Protocol } => new LookupIn(parameter.Field, values,
                [.. reference.ProtocolsOf(values).Select(id => id.ToString(CultureInfo.InvariantCulture))]),
            { Field.Kind: CdrFieldKind.Integer } => ReadIntegers(from, parameter, values),
            _ => new TextIn(parameter.Field, values),
        };
    }

    private static NumberIn? ReadCategories(QueryReader from, CdrFilterParameter parameter)
    {
        if (from.Many(parameter.Name) is not { } categories)
        {
            return null;
        }

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
            if (!long.TryParse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number))
            {
                from.Fault(parameter.Name, "Must be whole numbers, such as 486 or -14.");
                return null;
            }

            numbers.Add(number);
        }

        return new NumberIn(parameter.Field, [.. numbers.Select(n => (n, n))]);
    }
}
