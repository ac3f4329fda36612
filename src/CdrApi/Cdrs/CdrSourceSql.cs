using CdrApi.Database;

namespace CdrApi.Cdrs;

internal static class CdrSourceSql
{
    /// <summary>The relation's kind and the role's right to read it; no row when there is no such relation.</summary>
    public const string Relation =
        """
        SELECT c.relkind::text AS kind, has_table_privilege(c.oid, 'SELECT') AS readable, current_user::text AS role
        FROM pg_class c WHERE c.oid = to_regclass(@relation)
        """;

    /// <summary>Names and types. A name is text of the database too.</summary>
    public static string Columns(TextEncoding encoding) =>
        $"""
        SELECT {encoding.ReadBytes("a.attname::text")} AS name, coalesce(nullif(t.typbasetype, 0), t.oid)::regtype::text AS type
        FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
        WHERE a.attrelid = to_regclass(@relation) AND a.attnum > 0 AND NOT a.attisdropped
        """;

    /// <summary>The leading columns of each usable index: an array of names, in index order.</summary>
    public const string Indexes =
        """
        SELECT ARRAY(
          SELECT a.attname::text
          FROM unnest(i.indkey::smallint[]) WITH ORDINALITY k(attnum, n)
          JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.attnum
          WHERE k.n <= i.indnkeyatts
          ORDER BY k.n)
        FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_am m ON m.oid = c.relam
        WHERE i.indrelid = to_regclass(@relation) AND i.indisvalid AND i.indpred IS NULL AND i.indexprs IS NULL
          AND m.amname = 'btree'
          -- One direction throughout, and NULLs where ORDER BY has them (0: ASC NULLS LAST, 3: DESC NULLS FIRST), or it
          -- cannot be walked in the order of a list.
          AND (SELECT count(DISTINCT o) = 1 AND min(o) IN (0, 3) FROM unnest(i.indoption::smallint[]) o)
        """;

    /// <summary>
    /// Reads what lists read of a relation, if it has a row. That it exists and may be read does not say that it can: not an unlogged table on a
    /// standby, not a view that needs a right of its own. A lock is not waited for: it says nothing.
    /// </summary>
    /// <param name="relation">With its alias.</param>
    /// <param name="columns">What is read of it.</param>
    /// <param name="rest">Which row.</param>
    public static string Probe(string relation, IEnumerable<SourceColumn> columns, string rest) =>
        $"SELECT set_config('lock_timeout', '100ms', true), set_config('cdrapi.accounts', '*', true);\n"
        + $"SELECT {string.Join(", ", columns.Select(c => c.Expression))} FROM {relation} {rest}";

    /// <summary>One row.</summary>
    public const string Any = "LIMIT 1";

    /// <summary>No row: rights and plan are looked at all the same.</summary>
    public const string None = "WHERE false";

    /// <summary>One row, by the index that lists walk: where old rows were deleted, the table begins with many dead ones.</summary>
    public static string Newest(CdrSource source) => $"ORDER BY {source.KeyTime} DESC, {source.KeyId} DESC LIMIT 1";

    /// <summary>What has the source's shape from later is newer; null where the server replays nothing.</summary>
    public const string Position = "SELECT pg_wal_lsn_diff(pg_last_wal_replay_lsn(), '0/0')::bigint";

    /// <summary>Whether an index says that a column has each value once.</summary>
    public const string IsUnique =
        """
        SELECT EXISTS (SELECT FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]
          WHERE i.indrelid = to_regclass(@relation) AND i.indisunique AND i.indisvalid AND i.indpred IS NULL AND i.indnkeyatts = 1 AND a.attname = @column)
        """;

    /// <summary>How many ids among the newest CDRs are another one's too.</summary>
    public static string Repeated(CdrSource source, int newest) => FormattableString.Invariant(
        $"""
        SELECT count(*) - count(DISTINCT id) FROM (SELECT {source.KeyId} AS id FROM {source.Relation}
          WHERE {source.KeyTime} IS NOT NULL ORDER BY {source.KeyTime} DESC, {source.KeyId} DESC LIMIT {newest}) newest
        """);

    /// <summary>How many values a column has, as the planner takes it of the largest partition; null without statistics.</summary>
    public const string DistinctValues =
        """
        SELECT CASE WHEN s.n_distinct < 0 THEN -s.n_distinct * c.reltuples ELSE s.n_distinct END
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
          JOIN pg_stats s ON s.schemaname = n.nspname AND s.tablename = c.relname AND s.attname = @column AND NOT s.inherited
        WHERE c.oid = to_regclass(@relation) OR c.oid IN (SELECT relid FROM pg_partition_tree(to_regclass(@relation)))
        ORDER BY c.reltuples DESC
        LIMIT 1
        """;
}
