using CdrApi.Http;
using CdrApi.Security;

namespace CdrApi.Cdrs;

/// <summary>The query string of a list, bound and checked.</summary>
internal sealed record CdrRequest(CdrQuery Query, int Limit, CdrPosition? After)
{
    /// <summary>The request, or the problem that refuses it: all its faults at once, or an account out of reach.</summary>
    public static (CdrRequest? Request, IResult? Refusal) Read(
        IQueryCollection query, string? account, Caller caller, CdrSource source, CdrOptions options)
    {
        var from = new QueryReader(query, account is null ? CdrParameters.OfAll : CdrParameters.OfOneAccount);
        var start = ReadTime(from, CdrParameters.StartDate);
        var end = ReadTime(from, CdrParameters.EndDate);
        if (start is not null && end is not null && end <= start)
        {
            from.Fault(CdrParameters.EndDate, "Must be after start_date: the range is [start_date, end_date).");
        }

        var named = ReadAccounts(from, account is null ? from.Many(CdrParameters.Account) : [account]);
        var type = ReadType(from);
        var order = ReadOrder(from);
        var limit = from.Integer(CdrParameters.Limit, 1, options.MaxLimit) ?? options.DefaultLimit;
        var fields = ReadFields(from, source);
        var allowed = named is null || named.All(caller.MaySee);
        var filter = new CdrFilter
        {
            Start = start,
            End = end,
            Accounts = caller.Narrow(named),
            Type = type,
        };
        // A cursor can only be checked against a filter that was understood.
        var after = from.Faults is null && allowed ? ReadCursor(from, order, filter) : null;
        if (from.Faults is { } faults)
        {
            return (null, Problem.BadParameters.ToResult(faults));
        }

        return allowed
            ? (new CdrRequest(new CdrQuery(filter, order, new CdrSelection(source, fields)), limit, after), null)
            : (null, Problem.Forbidden.ToResult());
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

        if (texts.Count > CdrParameters.MostAccounts)
        {
            from.Fault(CdrParameters.Account, $"May name at most {CdrParameters.MostAccounts} accounts.");
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

    private static CdrType ReadType(QueryReader from)
    {
        if (from.Single(CdrParameters.Type) is { } text && !CdrTypes.TryParse(text, out _))
        {
            from.Fault(CdrParameters.Type, $"Must be one of {string.Join(", ", CdrTypes.Names)}.");
        }

        return CdrTypes.TryParse(from.Single(CdrParameters.Type) ?? "", out var type) ? type : CdrType.NonZeroAndErrors;
    }

    private static CdrOrder ReadOrder(QueryReader from)
    {
        switch (from.Single(CdrParameters.Order))
        {
            case null or "desc":
                return CdrOrder.Desc;
            case "asc":
                return CdrOrder.Asc;
            default:
                from.Fault(CdrParameters.Order, "Must be asc or desc.");
                return CdrOrder.Desc;
        }
    }

    private static IEnumerable<SourceField> ReadFields(QueryReader from, CdrSource source)
    {
        var text = from.Single(CdrParameters.Fields);
        if (text is null or "all")
        {
            return source.Fields.Where(f => text is "all" || f.Field.IsDefault);
        }

        var names = text.Split(',').Select(n => n.Trim()).ToList();
        var unknown = names.Where(n => source.Find(n) is null).ToList();
        if (unknown.Count > 0)
        {
            from.Fault(CdrParameters.Fields, $"No such field: {string.Join(", ", unknown.Select(n => $"'{n}'"))}. "
                + $"Fields are all, or any of {string.Join(", ", source.Fields.Select(f => f.Field.Name))}.");
        }

        var twice = names.GroupBy(n => n, StringComparer.Ordinal).Where(g => g.Count() > 1).Select(g => g.Key).ToList();
        if (twice.Count > 0)
        {
            from.Fault(CdrParameters.Fields, $"Named more than once: {string.Join(", ", twice)}.");
        }

        return names.Select(source.Find).OfType<SourceField>().ToList();
    }

    private static CdrPosition? ReadCursor(QueryReader from, CdrOrder order, CdrFilter filter)
    {
        if (from.Single(CdrParameters.Cursor) is not { } text)
        {
            return null;
        }

        var position = CdrCursor.Read(text, order, filter, out var fault);
        if (fault is not null)
        {
            from.Fault(CdrParameters.Cursor, fault);
        }

        return position;
    }
}
