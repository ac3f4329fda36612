using System.Globalization;

namespace CdrApi.Cdrs;

/// <summary>What one parameter demands of one field. NULL meets none of them.</summary>
/// <param name="Field">Its name in the catalogue.</param>
internal abstract record CdrCondition(string Field)
{
    /// <summary>The same text for the same condition: part of what binds a cursor to its filter.</summary>
    public abstract string Identity { get; }

    // No value holds U+0000, so joined ones stay apart.
    protected static string Join(IEnumerable<string> values) => string.Join('\0', values);
}

/// <summary>The text is one of these, to the letter.</summary>
internal sealed record TextIn(string Field, IReadOnlyList<string> Values) : CdrCondition(Field)
{
    public override string Identity => Join(["in", Field, .. Values]);
}

/// <summary>
/// What is looked up is one of these names; <paramref name="Keys"/> are the values of the field's column that the
/// names stand for, at the time of the request.
/// </summary>
internal sealed record LookupIn(string Field, IReadOnlyList<string> Names, IReadOnlyList<string> Keys) : CdrCondition(Field)
{
    // Not the keys: reference data may change between two pages.
    public override string Identity => Join(["in", Field, .. Names]);
}

/// <summary>The number is within one of these ranges, both ends included.</summary>
internal sealed record NumberIn(string Field, IReadOnlyList<(long From, long To)> Ranges) : CdrCondition(Field)
{
    public override string Identity => Join(["within", Field,
        .. Ranges.Select(r => string.Create(CultureInfo.InvariantCulture, $"{r.From}..{r.To}"))]);
}

/// <summary>The text fits the pattern: * stands for any characters, also none; everything else for itself.</summary>
internal sealed record Matches(string Field, string Pattern) : CdrCondition(Field)
{
    public override string Identity => Join(["like", Field, Pattern]);
}

/// <summary>The decimal, as lists write it, is at least <paramref name="Lowest"/>, at most <paramref name="Highest"/>; null = no limit.</summary>
internal sealed record Between(string Field, decimal? Lowest, decimal? Highest) : CdrCondition(Field)
{
    public override string Identity => Join(["between", Field, Text(Lowest), Text(Highest)]);

    // 1.50 and 1.5 are one.
    private static string Text(decimal? value) => value?.ToString("0.############################", CultureInfo.InvariantCulture) ?? "";
}
