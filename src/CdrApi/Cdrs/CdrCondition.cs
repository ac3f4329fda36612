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

/// <summary>The text is one of these, or an address of one of these networks.</summary>
/// <param name="Field">Its name.</param>
/// <param name="Values">Compared to the letter.</param>
/// <param name="Networks">As PostgreSQL's inet writes them; an address without its length is a network of one.</param>
internal sealed record AddressIn(string Field, IReadOnlyList<string> Values, IReadOnlyList<string> Networks) : CdrCondition(Field)
{
    public override string Identity => Join(["in", Field, .. Values, .. Networks]);
}

/// <summary>The destination's country is one of these; its prefixes are those of the time of the request.</summary>
/// <param name="Field">Its name.</param>
/// <param name="Names">Of the countries.</param>
/// <param name="Prefixes">As the database writes them.</param>
internal sealed record CountryIn(string Field, IReadOnlyList<string> Names, IReadOnlyList<byte[]> Prefixes) : CdrCondition(Field)
{
    // Not the prefixes: reference data may change between two pages.
    public override string Identity => Join(["in", Field, .. Names]);
}

/// <summary>The protocol is one of these; its ids are those of the time of the request.</summary>
internal sealed record ProtocolIn(string Field, IReadOnlyList<string> Names, IReadOnlyList<long> Ids) : CdrCondition(Field)
{
    public override string Identity => Join(["in", Field, .. Names]);
}

/// <summary>The number is within one of these ranges, both ends included.</summary>
internal sealed record NumberIn(string Field, IReadOnlyList<(long From, long To)> Ranges) : CdrCondition(Field)
{
    public override string Identity => Join(["within", Field,
        .. Ranges.Select(r => string.Create(CultureInfo.InvariantCulture, $"{r.From}..{r.To}"))]);
}

/// <summary>The text fits one of these patterns: * stands for any characters, also none; everything else for itself.</summary>
internal sealed record Matches(string Field, IReadOnlyList<string> Patterns) : CdrCondition(Field)
{
    public override string Identity => Join(["like", Field, .. Patterns]);
}

/// <summary>The decimal, as lists write it, is at least <paramref name="Lowest"/>, at most <paramref name="Highest"/>; null = no limit.</summary>
internal sealed record Between(string Field, decimal? Lowest, decimal? Highest) : CdrCondition(Field)
{
    public override string Identity => Join(["between", Field, Text(Lowest), Text(Highest)]);

    // 1.50 and 1.5 are one.
    private static string Text(decimal? value) => value?.ToString("0.############################", CultureInfo.InvariantCulture) ?? "";
}
