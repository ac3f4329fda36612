namespace CdrApi.Cdrs;

/// <summary>How a parameter's values are compared with its field.</summary>
internal enum CdrComparison
{
    /// <summary>Equal to one of several values.</summary>
    OneOf,

    /// <summary>In one of several categories of the result catalogue.</summary>
    Category,

    /// <summary>Equal to one of several values, or an address of one of several networks.</summary>
    Address,

    /// <summary>Fits one of several patterns with *.</summary>
    Pattern,

    /// <summary>At least.</summary>
    AtLeast,

    /// <summary>At most.</summary>
    AtMost,
}

/// <summary>A parameter that demands something of one field.</summary>
internal sealed record CdrFilterParameter(string Name, string Field, CdrComparison Comparison, string Description, string Example)
{
    /// <summary>Whether it takes several values, repeated or comma-separated.</summary>
    public bool IsList => Comparison is not (CdrComparison.AtLeast or CdrComparison.AtMost);

    /// <summary>Whether its values are numbers to dial, or may be: a plus sign that a query string turns into a blank is refused.</summary>
    public bool IsDialled { get; init; } = Comparison == CdrComparison.Pattern;
}

/// <summary>
/// The filter's parameters beyond date, account and type: reading them, the SQL and the OpenAPI document are made
/// from this, so a filter is added here and nowhere else. Where the source lacks the field, there is no such parameter.
/// </summary>
internal static class CdrFilterParameters
{
    public static IReadOnlyList<CdrFilterParameter> All { get; } =
    [
        new("result", "result", CdrComparison.OneOf, "Only these result codes.", "486,-14"),
        new("result_category", "result", CdrComparison.Category, "Only results of these categories: "
            + string.Join(", ", CdrResults.Categories.Select(c => $"`{c}`")) + ".", "client_error"),
        new("cli", "cli", CdrComparison.Pattern, "The caller's number as received.", "3361*"),
        new("cld", "cld", CdrComparison.Pattern, "The number called as received.", "*1234"),
        new("cli_translated", "cli_translated", CdrComparison.Pattern, "The caller's number after translation.", "336*"),
        new("cld_translated", "cld_translated", CdrComparison.Pattern, "The number called after translation.", "336*"),
        new("call_id", "call_id", CdrComparison.Pattern, "The SIP Call-ID.", "*@192.0.2.17"),
        new("prefix", "prefix", CdrComparison.OneOf, "Only these dial prefixes.", "336,337") { IsDialled = true },
        new("country", "country", CdrComparison.OneOf, "Only these destination countries.", "FRANCE"),
        new("protocol", "protocol", CdrComparison.OneOf, "Only these signalling protocols.", "SIP"),
        new("release_source", "release_source", CdrComparison.OneOf, "Only calls ended by these sides.", "caller"),
        new("remote_ip", "remote_ip", CdrComparison.Address, "Only calls from these addresses or networks.", "192.0.2.17,198.51.100.0/24"),
        new("min_duration", "duration", CdrComparison.AtLeast, "At least this many seconds.", "60"),
        new("max_duration", "duration", CdrComparison.AtMost, "At most this many seconds.", "3600"),
        new("min_cost", "cost", CdrComparison.AtLeast, "At least this charge.", "0.01"),
        new("max_cost", "cost", CdrComparison.AtMost, "At most this charge.", "100"),
    ];
}
