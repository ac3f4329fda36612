using System.Data;
using Dapper;
using Npgsql;
using NpgsqlTypes;

namespace CdrApi.Cdrs;

/// <summary>Named parameters with exact types: a moment goes as PostgreSQL's own microseconds, so none is rounded.</summary>
internal sealed class CdrSqlParameters : SqlMapper.IDynamicParameters
{
    private readonly List<NpgsqlParameter> _all = [];

    public void Add(string name, long value) => _all.Add(new NpgsqlParameter<long>(name, NpgsqlDbType.Bigint) { TypedValue = value });

    public void Add(string name, IReadOnlyList<long> values) =>
        _all.Add(new NpgsqlParameter<long[]>(name, NpgsqlDbType.Array | NpgsqlDbType.Bigint) { TypedValue = [.. values] });

    public void AddTime(string name, long microseconds) =>
        _all.Add(new NpgsqlParameter<long>(name, NpgsqlDbType.TimestampTz) { TypedValue = microseconds });

    public void AddParameters(IDbCommand command, SqlMapper.Identity identity)
    {
        foreach (var parameter in _all)
        {
            command.Parameters.Add(parameter);
        }
    }
}
