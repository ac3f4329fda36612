namespace CdrApi.Cdrs;

/// <summary>What a field holds, and so how it is written and which column types can fill it.</summary>
internal enum CdrFieldKind
{
    /// <summary>A whole number: smallint, integer or bigint.</summary>
    Integer,

    /// <summary>A decimal: double precision at its 15 significant digits, real at its 6, numeric at all of its own.</summary>
    Decimal,

    /// <summary>Text: text, varchar, char, citext or inet.</summary>
    Text,

    /// <summary>A moment to the microsecond: timestamptz, or timestamp in UTC.</summary>
    Time,
}

/// <summary>Reference data that fills a field which the CDR itself does not hold.</summary>
internal enum CdrLookup
{
    None,
    Protocol,
    Country,
    Description,
    ResultCategory,

    /// <summary>The place of the CDR itself.</summary>
    Cursor,
}

/// <summary>One field of a CDR, as callers know it.</summary>
internal sealed record CdrField(string Name, CdrFieldKind Kind, string Description, string Example)
{
    /// <summary>Whether it is in an answer that names no fields.</summary>
    public bool IsDefault { get; init; }

    /// <summary>Its column in Sippy's cdrs, or calls.</summary>
    public string Column { get; init; } = Name;

    /// <summary>Whether it stands in Sippy's calls, which is joined only for the fields and filters that need it.</summary>
    public bool OfCall { get; init; }

    /// <summary>Found in memory by <see cref="Column"/>, unless the source has a column of its own for it.</summary>
    public CdrLookup Lookup { get; init; }
}
