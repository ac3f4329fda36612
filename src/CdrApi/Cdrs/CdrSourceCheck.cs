using CdrApi.Database;
using Dapper;
using Microsoft.Extensions.Options;
using Npgsql;

namespace CdrApi.Cdrs;

/// <summary>
/// Finds each field's column and type, so that a query built later can only name what exists; and says which
/// supporting index is missing.
/// </summary>
internal sealed partial class CdrSourceCheck(
    IOptions<SourceOptions> options, ILogger<CdrSourceCheck> logger) : IStartupCheck
{
    // What slices and positions are made of.
    private static readonly string[] Required = [CdrFields.KeyTime, CdrFields.KeyId, "i_account", "duration", "result"];

    private CdrSource? _source;

    public CdrSource Source => _source ?? throw new InvalidOperationException("Asked before the start-up checks passed.");

    public async Task RunAsync(NpgsqlConnection connection, CancellationToken cancellation)
    {
        var relation = options.Value.Cdrs;
        var quoted = new { relation = SourceOptions.Quote(relation) };
        var found = await connection.QuerySingleOrDefaultAsync<Relation>(
            new CommandDefinition(CdrSourceSql.Relation, quoted, cancellationToken: cancellation))
            ?? throw new StartupCheckException($"There is no relation {relation}. Name the CDRs' table or view with Source:Cdrs.");
        if (!found.Readable)
        {
            throw new StartupCheckException(
                $"The role {found.Role} may not read {relation}. Run on the primary: GRANT SELECT ON {relation} TO {found.Role};");
        }

        var columns = (await connection.QueryAsync<(string Name, string Type)>(
            new CommandDefinition(CdrSourceSql.Columns, quoted, cancellationToken: cancellation)))
            .ToDictionary(c => c.Name, c => c.Type, StringComparer.Ordinal);
        _source = Resolve(relation, columns);
        if (found.Kind is "r" or "p" or "m")
        {
            var indexes = (await connection.QueryAsync<string[]>(
                new CommandDefinition(CdrSourceSql.Indexes, quoted, cancellationToken: cancellation))).ToList();
            WarnOfMissingIndexes(relation, found.Kind == "p", indexes);
        }
    }

    private CdrSource Resolve(string relation, Dictionary<string, string> columns)
    {
        var faults = options.Value.Columns.Keys
            .Where(name => CdrFields.All.All(f => f.Name != name))
            .Select(name => $"Source:Columns:{name} is no field.").ToList();
        var fields = new Dictionary<string, SourceField>(StringComparer.Ordinal);
        foreach (var field in CdrFields.All)
        {
            var named = options.Value.Columns.GetValueOrDefault(field.Name);
            var column = named ?? (field.Lookup == CdrLookup.None ? field.Column : ColumnOf(field.Column));
            var lookup = named is null ? field.Lookup : CdrLookup.None;
            if (column.Length == 0 && !Required.Contains(field.Name))
            {
                continue;
            }

            if (column.Length == 0)
            {
                faults.Add($"Source:Columns:{field.Name} is empty, and no list can do without {field.Name}.");
            }
            else if (!columns.TryGetValue(column, out var type))
            {
                faults.Add($"{relation} has no column {column}, which the field {field.Name} is read from. Name its column with "
                    + $"Source:Columns:{field.Name}" + (Required.Contains(field.Name) ? "." : ", or set that empty to do without the field."));
            }
            else if (Read(column, type, lookup == CdrLookup.Protocol ? CdrFieldKind.Integer : field.Kind) is { } source)
            {
                fields[field.Name] = new SourceField(field, source, lookup);
            }
            else
            {
                faults.Add($"{relation}.{column} is of type {type}, which the field {field.Name} cannot be read from.");
            }
        }

        return faults.Count > 0
            ? throw new StartupCheckException(string.Join(" ", faults))
            : new CdrSource(relation, fields)
            {
                KeyTime = Quoted(CdrFields.KeyTime),
                KeyId = Quoted(CdrFields.KeyId),
                Account = Quoted("i_account"),
                Duration = Quoted("duration"),
                Result = Quoted("result"),
            };

        string Quoted(string field) => SourceOptions.Quote(ColumnOf(field));
    }

    private string ColumnOf(string field) =>
        options.Value.Columns.GetValueOrDefault(field) ?? CdrFields.All.First(f => f.Name == field).Column;

    private static SourceColumn? Read(string column, string type, CdrFieldKind kind)
    {
        var quoted = SourceOptions.Quote(column);
        return (kind, type) switch
        {
            (CdrFieldKind.Integer, "bigint" or "integer" or "smallint") => new(quoted, ColumnFormat.Int64),
            (CdrFieldKind.Decimal, "double precision") => new(quoted, ColumnFormat.Float8),
            (CdrFieldKind.Decimal, "numeric") => new($"{quoted}::text", ColumnFormat.DecimalText),
            (CdrFieldKind.Decimal, "real" or "bigint" or "integer" or "smallint") => new($"{quoted}::numeric::text", ColumnFormat.DecimalText),
            (CdrFieldKind.Text, "text" or "character varying" or "character") => new(quoted, ColumnFormat.Text),
            (CdrFieldKind.Text, "citext") => new($"{quoted}::text", ColumnFormat.Text),
            (CdrFieldKind.Text, "inet") => new($"host({quoted})", ColumnFormat.Text),
            (CdrFieldKind.Time, "timestamp with time zone" or "timestamp without time zone") => new(quoted, ColumnFormat.Timestamp),
            _ => null,
        };
    }

    private void WarnOfMissingIndexes(string relation, bool partitioned, List<string[]> indexes)
    {
        string[][] wanted = [["connect_time", "i_cdr"], ["i_account", "connect_time", "i_cdr"], ["i_cdr"]];
        foreach (var columns in wanted.Select(w => w.Select(ColumnOf).ToArray()))
        {
            if (!indexes.Exists(i => i.AsSpan().StartsWith(columns)))
            {
                // A partitioned parent takes no CONCURRENTLY: docs/operations.md has the steps.
                var sql = $"CREATE INDEX {(partitioned ? "" : "CONCURRENTLY ")}ON {SourceOptions.Quote(relation)} "
                    + $"({string.Join(", ", columns.Select(SourceOptions.Quote))});";
                Log.IndexMissing(logger, relation, sql);
            }
        }
    }

    private sealed record Relation(string Kind, bool Readable, string Role);

    private static partial class Log
    {
        [LoggerMessage(LogLevel.Warning, "{Relation} lacks an index, so queries will be slow. Run on the primary: {Sql}")]
        public static partial void IndexMissing(ILogger logger, string relation, string sql);
    }
}
