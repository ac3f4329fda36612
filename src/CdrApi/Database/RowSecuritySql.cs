namespace CdrApi.Database;

/// <summary>What deploy/postgres/primary/row-level-security.sql looks at.</summary>
internal static class RowSecuritySql
{
    public const string SetAccounts = "SELECT set_config('cdrapi.accounts', @accounts, false)";

    /// <summary>Whether policies hide rows of it from this role; null when there is no such relation.</summary>
    public const string IsActive = "SELECT row_security_active(to_regclass(@relation))";

    /// <summary>Whether the relation has row-level security for this role, and the policy that looks at the accounts; null when there is no such relation.</summary>
    public const string State =
        """
        SELECT row_security_active(to_regclass(@relation)) AS active,
          EXISTS (SELECT FROM pg_policy p
            WHERE p.polrelid = to_regclass(@relation) AND NOT p.polpermissive AND p.polcmd IN ('r', '*')
              AND pg_get_expr(p.polqual, p.polrelid) LIKE '%cdrapi.accounts%'
              AND EXISTS (SELECT FROM unnest(p.polroles) role WHERE role = 0 OR pg_has_role(role, 'USAGE'))) AS locked,
          current_user::text AS role
        """;
}
