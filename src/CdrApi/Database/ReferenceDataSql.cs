namespace CdrApi.Database;

/// <summary>Text comes as its bytes: a database may hold some that are no text in its encoding.</summary>
internal static class ReferenceDataSql
{
    public const string Settings = "SELECT set_config('row_security', 'off', true), set_config('lock_timeout', '1s', true)";

    // A prefix may stand several times: the same one wins at every refresh and on every instance.
    public static string Destinations(string relation, TextEncoding encoding) =>
        $"""
        SELECT DISTINCT ON (prefix::text COLLATE "C") {Text(encoding, "prefix")}, {Text(encoding, "country_iso")}, {Text(encoding, "description")}
        FROM {SourceOptions.Quote(relation)}
        WHERE prefix IS NOT NULL
        ORDER BY prefix::text COLLATE "C", description COLLATE "C", country_iso COLLATE "C"
        """;

    public static string Countries(string relation, TextEncoding encoding) =>
        $"SELECT {Text(encoding, "iso")}, {Text(encoding, "name")} FROM {SourceOptions.Quote(relation)} WHERE iso IS NOT NULL ORDER BY iso, name COLLATE \"C\"";

    // The root buys from nobody.
    public static string Customers(string relation, TextEncoding _) =>
        $"SELECT i_customer::bigint, i_wholesaler::bigint FROM {SourceOptions.Quote(relation)} WHERE i_customer IS NOT NULL AND i_wholesaler IS NOT NULL";

    public static string Accounts(string relation, TextEncoding _) =>
        $"SELECT i_account::bigint, i_customer::bigint FROM {SourceOptions.Quote(relation)} WHERE i_account IS NOT NULL AND i_customer IS NOT NULL";

    public static string Protocols(string relation, TextEncoding encoding) =>
        $"""
        SELECT i_protocol::bigint, {Text(encoding, "name")} FROM {SourceOptions.Quote(relation)}
        WHERE i_protocol IS NOT NULL ORDER BY i_protocol, name COLLATE "C"
        """;

    private static string Text(TextEncoding encoding, string column) => encoding.ReadBytes($"{column}::text");
}
