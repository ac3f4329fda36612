namespace CdrApi.Cdrs;

/// <summary>Which fields an answer has, and in which columns of the SELECT list they stand.</summary>
internal sealed class CdrSelection
{
    /// <summary>The key stands first in every SELECT list, asked for or not: it is the next slice's start.</summary>
    public const int KeyTimeOrdinal = 0;
    public const int KeyIdOrdinal = 1;

    public CdrSelection(CdrSource source, IEnumerable<SourceField> fields)
    {
        List<SourceColumn> columns = [source.Find(CdrFields.KeyTime)!.Column, source.Find(CdrFields.KeyId)!.Column];
        Fields = [.. fields.Select(field =>
        {
            var ordinal = columns.IndexOf(field.Column);
            if (ordinal < 0)
            {
                ordinal = columns.Count;
                columns.Add(field.Column);
            }

            return new SelectedField(field, ordinal);
        })];
        Columns = columns;
    }

    public IReadOnlyList<SelectedField> Fields { get; }

    /// <summary>Each column once, however many fields are read from it.</summary>
    public IReadOnlyList<SourceColumn> Columns { get; }

    /// <summary>Whether any of them stands in the calls' relation.</summary>
    public bool NeedsCalls => Columns.Any(c => c.OfCall);
}

internal readonly record struct SelectedField(SourceField Source, int Ordinal);
