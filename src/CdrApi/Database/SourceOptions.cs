using Microsoft.Extensions.Options;

namespace CdrApi.Database;

/// <summary>
/// Where the CDRs stand. Section <c>Source</c>. Relations are <c>name</c> or <c>schema.name</c>; every name is
/// quoted in SQL and checked against the database at start.
/// </summary>
public sealed class SourceOptions
{
    public const string Section = "Source";

    /// <summary>The CDRs' table or view. Default <c>cdrs</c>.</summary>
    public string Cdrs { get; set; } = "cdrs";

    /// <summary>
    /// The calls, each with its <c>i_call</c>: <c>call_id</c>, <c>cli</c>, <c>cld</c> after translation, <c>setup_time</c>.
    /// Default <c>calls</c>. Empty = there is none.
    /// </summary>
    public string Calls { get; set; } = "calls";

    /// <summary>Dial prefixes: <c>prefix</c>, <c>country_iso</c>, <c>description</c>. Empty = there is none.</summary>
    public string Destinations { get; set; } = "destinations";

    /// <summary>Countries: <c>iso</c>, <c>name</c>. Empty = there is none.</summary>
    public string Countries { get; set; } = "countries";

    /// <summary>Protocols: <c>i_protocol</c>, <c>name</c>. Empty = there is none.</summary>
    public string Protocols { get; set; } = "protocols";

    /// <summary>Customers: <c>i_customer</c>, and in <c>i_wholesaler</c> the one it buys from. Empty = there is none.</summary>
    public string Customers { get; set; } = "customers";

    /// <summary>Accounts: <c>i_account</c>, and in <c>i_customer</c> its owner. Empty = there is none, and no credential may name customers.</summary>
    public string Accounts { get; set; } = "accounts";

    /// <summary>
    /// Field name → column of <see cref="Cdrs"/> or <see cref="Calls"/>, where they differ from Sippy's. An empty column takes the field
    /// out of the service. A column for <c>country</c>, <c>description</c> or <c>protocol</c> is read in place of
    /// the reference tables.
    /// </summary>
    public Dictionary<string, string> Columns { get; set; } = [];

    /// <summary>A relation, with its schema before a point.</summary>
    public static string Quote(string relation) => string.Join('.', relation.Split('.').Select(QuoteName));

    /// <summary>One name: of a column, which may have a point in it.</summary>
    public static string QuoteName(string name) => $"\"{name.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
}

internal sealed class SourceOptionsValidator : IValidateOptions<SourceOptions>
{
    public ValidateOptionsResult Validate(string? name, SourceOptions options) =>
        string.IsNullOrWhiteSpace(options.Cdrs)
            ? ValidateOptionsResult.Fail("Source:Cdrs is empty. Name the CDRs' table, for instance cdrs or sippy.cdrs.")
            : ValidateOptionsResult.Success;
}
