namespace CdrApi.Database;

internal static class RoleSql
{
    /// <summary>The current role's name, its powers beyond reading, and up to five relations that it may write to.</summary>
    public const string Select =
        """
        SELECT r.rolname::text AS name,
          array_remove(ARRAY[
            CASE WHEN r.rolsuper THEN 'superuser' END,
            CASE WHEN r.rolreplication THEN 'replication' END,
            CASE WHEN r.rolcreaterole THEN 'create role' END,
            CASE WHEN r.rolcreatedb THEN 'create database' END], NULL) AS powers,
          ARRAY(
            SELECT c.oid::regclass::text
            FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
            WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f')
              AND n.nspname NOT LIKE 'pg\_%' AND n.nspname <> 'information_schema'
              AND (has_table_privilege(c.oid, 'INSERT, UPDATE, DELETE, TRUNCATE')
                OR has_any_column_privilege(c.oid, 'INSERT, UPDATE'))
            ORDER BY 1 LIMIT 5) AS writable
        FROM pg_roles r
        WHERE r.rolname = current_user
        """;
}
