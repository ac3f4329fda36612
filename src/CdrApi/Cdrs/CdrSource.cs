using CdrApi.Database;

namespace CdrApi.Cdrs;

/// <summary>How a value stands on the wire from PostgreSQL.</summary>
internal enum ColumnFormat
{
    Int64,
    Float8,
    DecimalText,
    Text,
    Timestamp,
}

/// <summary>A column of the source: the expression that reads it, and what that gives.</summary>
internal sealed record SourceColumn(string Expression, ColumnFormat Format);

/// <summary>A field as this source offers it: a column, and what is looked up by its value.</summary>
internal sealed record SourceField(CdrField Field, SourceColumn Column, CdrLookup Lookup);

/// <summary>The CDRs' relation with its columns and their types, as the start-up check found them.</summary>
internal sealed class CdrSource(string relation, IReadOnlyDictionary<string, SourceField> fields)
{
    /// <summary>Quoted.</summary>
    public string Relation { get; } = SourceOptions.Quote(relation);

    /// <summary>Quoted, without a cast.</summary>
    public required string KeyTime { get; init; }

    public required string KeyId { get; init; }

    public required string Account { get; init; }

    public required string Duration { get; init; }

    public required string Result { get; init; }

    /// <summary>In the catalogue's order.</summary>
    public IReadOnlyList<SourceField> Fields { get; } = [.. fields.Values];

    public SourceField? Find(string name) => fields.GetValueOrDefault(name);
}
