using CdrApi.Database;
using CdrApi.Http;
using CdrApi.Security;

namespace CdrApi.Cdrs;

/// <summary>Whether an answer says how many CDRs the filter has in all.</summary>
internal enum CdrCount
{
    None,
    Exact,
    Estimate,
}

/// <summary>The question of a list, bound and checked.</summary>
internal sealed record CdrRequest(CdrQuery Query, ReadTerms Terms, int Limit)
{
    private static readonly string[] Counts = ["false", "true", "estimate"];

    /// <summary>Where the last page ended.</summary>
    public CdrPosition? After { get; init; }

    /// <summary>CDRs to leave out at the beginning.</summary>
    public int Offset { get; init; }

    public CdrCount Count { get; init; }

    /// <summary>
    /// The request, or the problem that refuses it: all its faults at once, those that the reader has already
    /// included, or an account out of reach.
    /// </summary>
    public static (CdrRequest? Request, Refusal? Refusal) Read(
        QueryReader from, string? account, Caller caller, CdrSource source, ReferenceSnapshot reference, CdrOptions options)
    {
        var (filter, terms, allowed) = CdrFilterRequest.Read(from, account, caller, source, reference);
        var order = from.Word(CdrParameters.Order, ["asc", "desc"]) is "asc" ? CdrOrder.Asc : CdrOrder.Desc;
        var limit = from.Integer(CdrParameters.Limit, 1, options.MaxLimit) ?? options.DefaultLimit;
        var offset = from.Integer(CdrParameters.Offset, 0, CdrParameters.MostOffset);
        if (offset is not null && from.Single(CdrParameters.Cursor) is not null)
        {
            from.Fault(CdrParameters.Offset, "Cannot stand with cursor: page by the one or by the other.");
        }

        var count = (CdrCount)Math.Max(0, Array.IndexOf(Counts, from.Word(CdrParameters.IncludeCount, Counts)));
        var fields = ReadFields(from, source);
        // A cursor can only be checked against a filter that was understood.
        var after = from.Faults is null && allowed ? ReadCursor(from, order, filter) : null;
        if (from.Faults is { } faults)
        {
            return (null, new Refusal(Problem.BadParameters, faults));
        }

        if (!allowed)
        {
            return (null, new Refusal(Problem.Forbidden));
        }

        var query = new CdrQuery(filter, order, new CdrSelection(source, fields));
        return (new CdrRequest(query, terms, limit) { After = after, Offset = offset ?? 0, Count = count }, null);
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
