using CdrApi.Database;
using CdrApi.Security;

namespace CdrApi.Cdrs;

/// <summary>A column of the source.</summary>
/// <param name="Name">Qualified and quoted, without a cast.</param>
/// <param name="Expression">What reads it.</param>
/// <param name="Format">What that gives.</param>
/// <param name="OfCall">Whether it stands in the calls' relation.</param>
internal sealed record SourceColumn(string Name, string Expression, ColumnFormat Format, bool OfCall = false)
{
    /// <summary>What a text column is compared and grouped by.</summary>
    public string Text { get; init; } = Expression;

    /// <summary>Of its text.</summary>
    public TextEncoding Encoding { get; init; } = TextEncoding.Utf8;

    /// <summary>Whether its numbers may be infinite or NaN, which PostgreSQL puts above infinity: not whole ones.</summary>
    public bool MayBeInfinite { get; init; }
}

/// <summary>A field as this source offers it: a column, and what is looked up by its value.</summary>
/// <param name="Field">As callers know it.</param>
/// <param name="Column">Where it is read.</param>
/// <param name="Lookup">What is found by that.</param>
/// <param name="IsMasked">Whether its digits are not all the caller's to see.</param>
internal sealed record SourceField(CdrField Field, SourceColumn Column, CdrLookup Lookup, bool IsMasked = false);

/// <summary>The CDRs' relation with its columns and their types, as the start-up check found them.</summary>
/// <param name="relation">The CDRs'.</param>
/// <param name="calls">The calls', of which each has a CDR's i_call; empty = there is none.</param>
/// <param name="fields">By name, in the catalogue's order.</param>
/// <param name="hasIndexes">See <see cref="HasIndexes"/>.</param>
/// <param name="hasManyAccounts">See <see cref="HasManyAccounts"/>.</param>
internal sealed class CdrSource(string relation, string calls, IReadOnlyDictionary<string, SourceField> fields, bool hasIndexes, bool hasManyAccounts)
{
    /// <summary>What the CDRs' relation is called within a query.</summary>
    public const string Alias = "c";

    /// <summary>What the calls' is.</summary>
    public const string CallAlias = "l";

    /// <summary>Quoted, with its alias.</summary>
    public string Relation { get; } = $"{SourceOptions.Quote(relation)} {Alias}";

    /// <summary>Quoted, with its alias.</summary>
    public string Calls { get; } = calls.Length == 0 ? "" : $"{SourceOptions.Quote(calls)} {CallAlias}";

    /// <summary>Whether a list in its order, of all accounts or of one, and a CDR by its id are walks of an index.</summary>
    public bool HasIndexes => hasIndexes;

    /// <summary>
    /// Whether the average account has so few of the CDRs that PostgreSQL looks for them by account. Among few accounts it would walk all CDRs
    /// and leave out the others', which takes for ever for an account that has hardly any.
    /// </summary>
    public bool HasManyAccounts => hasManyAccounts;

    public string KeyTime => NameOf(CdrFields.KeyTime);

    public string KeyId => NameOf(CdrFields.KeyId);

    public string CallKey => NameOf(CdrFields.CallKey);

    /// <summary>The same in the calls' relation.</summary>
    public string CallsKey { get; } = $"{CallAlias}.\"{CdrFields.CallKey}\"";

    public string Account => NameOf("i_account");

    public string Duration => NameOf("duration");

    /// <summary>Condition on an answered call. One whose duration is no finite number is as one without: lists write null.</summary>
    public string IsAnswered => fields["duration"].Column is { MayBeInfinite: true } column ? $"({column.Name} > 0 AND {column.Name} < 'Infinity')" : $"{Duration} > 0";

    public string Result => NameOf("result");

    /// <summary>The same text for the same fields, each read in the same way.</summary>
    public string Shape { get; } = string.Join(' ', fields.Values.Select(f => $"{f.Field.Name}={f.Column.Expression}:{f.Column.Format}:{f.Column.Encoding.Name}"));

    /// <summary>Of all its text.</summary>
    public TextEncoding Encoding { get; } = fields.Values.Select(f => f.Column.Encoding).FirstOrDefault(e => !e.IsUtf8) ?? TextEncoding.Utf8;

    /// <summary>In the catalogue's order.</summary>
    public IReadOnlyList<SourceField> Fields { get; } = [.. fields.Values];

    /// <summary>What a list may be asked by; kept, since every request looks at it.</summary>
    public IReadOnlyList<string> ListParameters => field ??= [.. CdrParameters.OfList(this, ofOneAccount: false), .. CdrParameters.OfFormat];

    /// <summary>The same for the list of one account.</summary>
    public IReadOnlyList<string> AccountListParameters => field ??= [.. CdrParameters.OfList(this, ofOneAccount: true), .. CdrParameters.OfFormat];

    /// <summary>This source, without the fields that are hidden from a caller.</summary>
    public CdrSource SeenBy(Caller caller) => caller.HiddenFields.Count + caller.MaskedFields.Count == 0 ? this
        : new CdrSource(relation, calls, fields.Where(f => !caller.HiddenFields.Contains(f.Key))
            .ToDictionary(f => f.Key, f => f.Value with { IsMasked = caller.MaskedFields.Contains(f.Key) }, StringComparer.Ordinal), hasIndexes, hasManyAccounts);

    /// <summary>One that a list may name.</summary>
    public SourceField? FieldOfList(string name) => name == CdrFields.Cursor.Name ? new SourceField(CdrFields.Cursor, fields[CdrFields.KeyId].Column, CdrLookup.Cursor) : Find(name);

    public SourceField? Find(string name) => fields.GetValueOrDefault(name);

    private string NameOf(string field) => fields[field].Column.Name;
}
