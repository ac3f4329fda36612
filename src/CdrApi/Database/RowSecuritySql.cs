namespace CdrApi.Database;

/// <summary>What deploy/postgres/row-level-security.sql looks at.</summary>
internal static class RowSecuritySql
{
    public const string SetAccounts = "SELECT set_config('cdrapi.accounts', @accounts, false)";

    /// <summary>Whether it holds for this role; null when there is no such relation.</summary>
    public const string IsActive = "SELECT row_security_active(to_regclass(@relation)) AS active, current_user::text AS role";
}
