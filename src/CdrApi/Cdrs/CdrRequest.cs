using CdrApi.Database;
using CdrApi.Http;

namespace CdrApi.Cdrs;

/// <summary>Whether an answer says how many CDRs the filter has in all.</summary>
internal enum CdrCount
{
    None,
    Exact,
    Estimate,
}

/// <summary>The question of a list, bound and checked.</summary>
internal sealed record CdrRequest(CdrQuery Query, ReadTerms Terms, long Limit)
{
    /// <summary>A limit that no list reaches: all CDRs of the filter.</summary>
    private const long Whole = long.MaxValue;

    private const string AllFields = "all";

    private static readonly string[] Counts = ["false", "true", "estimate"];

    /// <summary>Writes the cursors of its list.</summary>
    public CdrCursor Cursor => field ??= new CdrCursor(Query.Order, Query.Filter);

    /// <summary>Where the last page ended.</summary>
    public CdrPosition? After { get; init; }

    /// <summary>CDRs to leave out at the beginning.</summary>
    public int Offset { get; init; }

    public CdrCount Count { get; init; }

    /// <summary>
    /// The request, or the problem that refuses it: all its faults at once, those that the reader has already
    /// included, or an account out of reach.
    /// </summary>
    /// <param name="question">The request.</param>
    /// <param name="isWhole">Whether the list is whole where no limit is named: CSV and NDJSON have no place to say that it was cut.</param>
    /// <param name="options">The limits.</param>
    public static (CdrRequest? Request, Refusal? Refusal) Read(
        CdrQuestion question, bool isWhole, CdrOptions options)
    {
        var (from, source) = (question.From, question.Source);
        var (filter, terms, allowed) = CdrFilterRequest.Read(question, CdrType.NonZeroAndErrors);
        var order = from.Word(CdrParameters.Order, ["asc", "desc"]) is "asc" ? CdrOrder.Asc : CdrOrder.Desc;
        var limit = from.Integer(CdrParameters.Limit, 1, options.MaxLimit) ?? (isWhole ? Whole : options.DefaultLimit);
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
        if (from.Single(CdrParameters.Fields) is not { } text)
        {
            return source.Fields.Where(f => f.Field.IsDefault);
        }

        var fields = text.Split(',').Select(n => n.Trim())
            .SelectMany(name => name == AllFields ? source.Fields.Select(f => (f.Field.Name, Field: (SourceField?)f)) : [(name, source.FieldOfList(name))]).ToList();
        var unknown = fields.Where(f => f.Field is null).Select(f => $"'{f.Name}'").ToList();
        if (unknown.Count > 0)
        {
            from.Fault(CdrParameters.Fields, $"No such field: {string.Join(", ", unknown)}. "
                + $"Fields are {AllFields}, or any of {string.Join(", ", source.Fields.Select(f => f.Field.Name))}, {CdrFields.Cursor.Name}.");
        }

        var twice = fields.GroupBy(f => f.Name, StringComparer.Ordinal).Where(g => g.Count() > 1).Select(g => g.Key).ToList();
        if (twice.Count > 0)
        {
            from.Fault(CdrParameters.Fields, $"Named more than once: {string.Join(", ", twice)}.");
        }

        return fields.Select(f => f.Field).OfType<SourceField>().ToList();
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
