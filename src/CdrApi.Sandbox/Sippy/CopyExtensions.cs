using Npgsql;
using NpgsqlTypes;

namespace CdrSandbox.Sippy;

/// <summary>Typed values for a binary COPY, where null is NULL.</summary>
internal static class CopyExtensions
{
    public static void Add(this NpgsqlBinaryImporter row, string? value)
    {
        if (value is null)
            row.WriteNull();
        else
            row.Write(value, NpgsqlDbType.Text);
    }

    public static void Add(this NpgsqlBinaryImporter row, short? value) => Add(row, value, NpgsqlDbType.Smallint);

    public static void Add(this NpgsqlBinaryImporter row, int? value) => Add(row, value, NpgsqlDbType.Integer);

    public static void Add(this NpgsqlBinaryImporter row, long? value) => Add(row, value, NpgsqlDbType.Bigint);

    public static void Add(this NpgsqlBinaryImporter row, double? value) => Add(row, value, NpgsqlDbType.Double);

    public static void Add(this NpgsqlBinaryImporter row, DateTime? value) => Add(row, value, NpgsqlDbType.TimestampTz);

    private static void Add<T>(NpgsqlBinaryImporter row, T? value, NpgsqlDbType type) where T : struct
    {
        if (value is { } present)
            row.Write(present, type);
        else
            row.WriteNull();
    }
}
