namespace CdrApi.Cdrs;

/// <summary>Sippy's six kinds of list, as in its XML-RPC method getAccountCDRs. Names in queries are snake_case.</summary>
internal enum CdrType
{
    /// <summary>Answered, or failed with a result other than 0. The default.</summary>
    NonZeroAndErrors,

    /// <summary>Answered: duration above 0.</summary>
    NonZero,

    /// <summary>Every CDR.</summary>
    All,

    /// <summary>Result 0.</summary>
    Complete,

    /// <summary>Result other than 0.</summary>
    Incomplete,

    /// <summary>Result other than 0, and duration 0.</summary>
    Errors,
}

internal static class CdrTypes
{
    private static readonly Dictionary<string, CdrType> ByName = new(StringComparer.Ordinal)
    {
        ["non_zero_and_errors"] = CdrType.NonZeroAndErrors,
        ["non_zero"] = CdrType.NonZero,
        ["all"] = CdrType.All,
        ["complete"] = CdrType.Complete,
        ["incomplete"] = CdrType.Incomplete,
        ["errors"] = CdrType.Errors,
    };

    public static IReadOnlyCollection<string> Names => ByName.Keys;

    public static string NameOf(CdrType type) => ByName.First(t => t.Value == type).Key;

    public static bool TryParse(string name, out CdrType type) => ByName.TryGetValue(name, out type);
}
