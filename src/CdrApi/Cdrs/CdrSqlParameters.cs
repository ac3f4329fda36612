using System.Data;
using System.Globalization;
using Dapper;
using Npgsql;
using NpgsqlTypes;

namespace CdrApi.Cdrs;

/// <summary>Named parameters with exact types: a moment goes as PostgreSQL's own microseconds, so none is rounded.</summary>
internal sealed class CdrSqlParameters : SqlMapper.IDynamicParameters
{
    private readonly List<NpgsqlParameter> _all = [];

    public void Add(string name, long value) => _all.Add(Number(name, value));

    public void Add(string name, IReadOnlyList<long> values) => _all.Add(Numbers(name, values));

    public void Add(string name, string value) => _all.Add(new NpgsqlParameter<string>(name, NpgsqlDbType.Text) { TypedValue = value });

    public void AddTime(string name, long microseconds) =>
        _all.Add(new NpgsqlParameter<long>(name, NpgsqlDbType.TimestampTz) { TypedValue = microseconds });

    /// <summary>A local time, under a name of its own.</summary>
    public string AddLocal(DateTime value) =>
        Named(name => new NpgsqlParameter<long>(name, NpgsqlDbType.Timestamp) { TypedValue = PostgresTime.From(new DateTimeOffset(value, TimeSpan.Zero)) });

    /// <summary>Under a name of its own, which is returned as SQL names it; the other overloads likewise.</summary>
    public string Add(long value) => Named(name => Number(name, value));

    public string Add(IReadOnlyList<long> values) => Named(name => Numbers(name, values));

    public string Add(decimal value) => Named(name => new NpgsqlParameter<decimal>(name, NpgsqlDbType.Numeric) { TypedValue = value });

    public string Add(string value) => Named(name => new NpgsqlParameter<string>(name, NpgsqlDbType.Text) { TypedValue = value });

    public string Add(IReadOnlyList<string> values) =>
        Named(name => new NpgsqlParameter<string[]>(name, NpgsqlDbType.Array | NpgsqlDbType.Text) { TypedValue = [.. values] });

    public string Add(IReadOnlyList<byte[]> values) =>
        Named(name => new NpgsqlParameter<byte[][]>(name, NpgsqlDbType.Array | NpgsqlDbType.Bytea) { TypedValue = [.. values] });

    public void AddParameters(IDbCommand command, SqlMapper.Identity identity)
    {
        foreach (var parameter in _all)
        {
            command.Parameters.Add(parameter);
        }
    }

    private string Named(Func<string, NpgsqlParameter> make)
    {
        var name = string.Create(CultureInfo.InvariantCulture, $"p{_all.Count}");
        _all.Add(make(name));
        return "@" + name;
    }

    private static NpgsqlParameter<long> Number(string name, long value) => new(name, NpgsqlDbType.Bigint) { TypedValue = value };

    private static NpgsqlParameter<long[]> Numbers(string name, IReadOnlyList<long> values) =>
        new(name, NpgsqlDbType.Array | NpgsqlDbType.Bigint) { TypedValue = [.. values] };
}
