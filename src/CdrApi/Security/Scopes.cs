namespace CdrApi.Security;

/// <summary>What a credential is good for.</summary>
internal static class Scopes
{
    /// <summary>Read the CDRs of the accounts that the credential names.</summary>
    public const string CdrsRead = "cdrs:read";

    /// <summary>Read the CDRs of every account.</summary>
    public const string CdrsReadAll = "cdrs:read:all";

    /// <summary>Read operational data.</summary>
    public const string OpsRead = "ops:read";

    public static IReadOnlyList<string> All { get; } = [CdrsRead, CdrsReadAll, OpsRead];
}
