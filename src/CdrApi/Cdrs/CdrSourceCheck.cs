using System.Collections.Concurrent;
using System.Text;
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
    IOptions<SourceOptions> options, TimeProvider time, ILogger<CdrSourceCheck> logger) : IReplicaCheck
{
    // PostgreSQL's costs change sides at about 40, where a page holds 30 CDRs and nothing of it is in memory.
    private const int ManyAccounts = 100;

    // Checks in a row that met a lock: one is usual while a table is altered.
    private const int LockedTooLong = 2;

    // A replica that has not confirmed the shape for so long is away.
    private static readonly TimeSpan ConfirmationHolds = TimeSpan.FromSeconds(12);

    private readonly Lock _adopting = new();
    private readonly Dictionary<string, (long? Position, long At)> _confirmed = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, int> _locked = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, bool> _missingIndexes = new(StringComparer.Ordinal);
    private volatile CdrSource? _source;

    public CdrSource Source => _source ?? throw new InvalidOperationException("Asked before the start-up checks passed.");

    public async Task RunAsync(NpgsqlConnection connection, CancellationToken cancellation)
    {
        var replica = $"{connection.Host}:{connection.Port}";
        // What is seen is of a position between that before the look and that after it.
        var position = await PositionAsync();
        var isLocked = false;
        CdrSource found;
        try
        {
            found = await FindAsync(connection, cancellation);
            await ProbeAsync(found.Relation, found.Fields.Where(f => !f.Column.OfCall), options.Value.Cdrs, nameof(SourceOptions.Cdrs),
                found.HasIndexes ? CdrSourceSql.Newest(found) : CdrSourceSql.Any);
            await ProbeAsync(found.Calls, found.Fields.Where(f => f.Column.OfCall), options.Value.Calls, nameof(SourceOptions.Calls), CdrSourceSql.None);
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.LockNotAvailable && _source is not null)
        {
            // A partition, for instance.
            (found, isLocked) = (_source, true);
        }
        catch (ReplicaCheckException e) when (_source is { } before)
        {
            // A part of it is gone. Lists of the fields that everybody gets may work on.
            try
            {
                await ProbeAsync(before.Relation, before.Fields.Where(f => f.Field.IsDefault), options.Value.Cdrs, nameof(SourceOptions.Cdrs));
            }
            catch (ReplicaCheckException)
            {
                throw e;
            }

            throw new ReplicaCheckException(e.Message) { CanServe = true };
        }

        Adopt(found, replica, position, await PositionAsync());
        if (_locked.AddOrUpdate(replica, isLocked ? 1 : 0, (_, times) => isLocked ? times + 1 : 0) >= LockedTooLong)
        {
            throw new ReplicaCheckException($"{options.Value.Cdrs} is locked, so that every list waits. "
                + "pg_locks says on the primary who holds the AccessExclusiveLock.")
            { CanServe = true };
        }

        Task<long?> PositionAsync() =>
            connection.ExecuteScalarAsync<long?>(new CommandDefinition(CdrSourceSql.Position, cancellationToken: cancellation));

        async Task ProbeAsync(string relation, IEnumerable<SourceField> fields, string name, string option, string rest = CdrSourceSql.Any)
        {
            if (fields.Select(f => f.Column).Distinct().ToList() is not { Count: > 0 } columns)
            {
                return;
            }

            try
            {
                await connection.ExecuteScalarAsync(new CommandDefinition(CdrSourceSql.Probe(relation, columns, rest), cancellationToken: cancellation));
            }
            catch (PostgresException e) when (!SqlErrors.IsRetryable(e) && !SqlErrors.IsOfSource(e) && !SqlErrors.IsQueryTimeout(e))
            {
                // A lock, or the values of this row: it can be read.
                isLocked |= e.SqlState == PostgresErrorCodes.LockNotAvailable;
            }
            catch (PostgresException e) when (SqlErrors.IsOfSource(e))
            {
                throw new ReplicaCheckException($"{name} cannot be read on this standby: {e.MessageText} (SQLSTATE {e.SqlState}). Mend it on the primary, "
                    + $"for instance with ALTER TABLE … SET LOGGED or a GRANT, or name another relation with Source:{option}.");
            }
        }
    }

    /// <summary>The relation as it is now.</summary>
    private async Task<CdrSource> FindAsync(NpgsqlConnection connection, CancellationToken cancellation)
    {
        var (names, encoding) = (options.Value, TextEncoding.Of(connection));
        var (kind, columns) = await LookAtAsync(names.Cdrs, nameof(names.Cdrs));
        var calls = names.Calls.Length == 0 ? [] : (await LookAtAsync(names.Calls, nameof(names.Calls))).Columns;
        var fields = Resolve(columns, calls, encoding);
        var hasIndexes = kind is "r" or "p" or "m" && HasIndexes(names.Cdrs, kind == "p", (await connection.QueryAsync<string[]>(
            new CommandDefinition(CdrSourceSql.Indexes, new { relation = SourceOptions.Quote(names.Cdrs) }, cancellationToken: cancellation))).ToList());
        var accounts = await connection.ExecuteScalarAsync<double?>(new CommandDefinition(CdrSourceSql.DistinctValues,
            new { relation = SourceOptions.Quote(names.Cdrs), column = ColumnOf("i_account") }, cancellationToken: cancellation));
        return new CdrSource(names.Cdrs, names.Calls, fields, hasIndexes, accounts >= ManyAccounts);

        async Task<(string Kind, Dictionary<string, string> Columns)> LookAtAsync(string relation, string option)
        {
            var quoted = new { relation = SourceOptions.Quote(relation) };
            var found = await connection.QuerySingleOrDefaultAsync<Relation>(
                new CommandDefinition(CdrSourceSql.Relation, quoted, cancellationToken: cancellation))
                ?? throw new ReplicaCheckException($"There is no relation {relation}. Name the {(option == "Cdrs" ? "CDRs'" : "calls'")} "
                    + $"table or view with Source:{option}{(option == "Cdrs" ? "" : ", or set it empty to do without")}.");
            if (!found.Readable)
            {
                throw new ReplicaCheckException(
                    $"The role {found.Role} may not read {relation}. Run on the primary: GRANT SELECT ON {relation} TO {found.Role};");
            }

            return (found.Kind, (await connection.QueryAsync<(byte[] Name, string Type)>(
                new CommandDefinition(CdrSourceSql.Columns(encoding), quoted, cancellationToken: cancellation)))
                .ToDictionary(c => Encoding.UTF8.GetString(encoding.ToUtf8(c.Name)), c => c.Type, StringComparer.Ordinal));
        }
    }

    /// <summary>
    /// One shape for all replicas. Of two that differ, the one that has replayed more is newer, and the other is not read from until it has
    /// replayed that change too.
    /// </summary>
    private void Adopt(CdrSource found, string replica, long? before, long? after)
    {
        lock (_adopting)
        {
            if (_source is { } known && known.Shape != found.Shape)
            {
                var others = _confirmed.Where(c => c.Key != replica && time.GetElapsedTime(c.Value.At) < ConfirmationHolds).ToList();
                if (others.Find(c => !(before > c.Value.Position)) is { Key: { } other })
                {
                    throw new ReplicaCheckException($"The columns of {options.Value.Cdrs} are not those that {other} has, so that it cannot stand in for it. "
                        + "A standby gets them by itself, when it has replayed as much; of logical replicas, make them alike.");
                }

                Log.Changed(logger, options.Value.Cdrs);
                _confirmed.Clear();
            }

            _source = found;
            _confirmed[replica] = (after, time.GetTimestamp());
        }
    }

    private Dictionary<string, SourceField> Resolve(Dictionary<string, string> ofCdrs, Dictionary<string, string> ofCalls, TextEncoding encoding)
    {
        var names = options.Value;
        var faults = names.Columns.Keys
            .Where(name => CdrFields.All.All(f => f.Name != name))
            .Select(name => $"Source:Columns:{name} is no field.").ToList();
        var fields = new Dictionary<string, SourceField>(StringComparer.Ordinal);
        foreach (var field in CdrFields.All)
        {
            var named = names.Columns.GetValueOrDefault(field.Name);
            // Where there are no calls, a flat relation may hold a call's fields itself.
            var ofCall = field.OfCall && names.Calls.Length > 0;
            var column = named ?? (field.OfCall && !ofCall ? "" : field.Lookup == CdrLookup.None ? field.Column : ColumnOf(field.Column));
            var lookup = named is null ? field.Lookup : CdrLookup.None;
            if (column.Length == 0 && !CdrFields.Required.Contains(field.Name))
            {
                continue;
            }

            var relation = ofCall ? names.Calls : names.Cdrs;
            if (column.Length == 0)
            {
                faults.Add($"Source:Columns:{field.Name} is empty, and no list can do without {field.Name}.");
            }
            else if (!(ofCall ? ofCalls : ofCdrs).TryGetValue(column, out var type))
            {
                faults.Add($"{relation} has no column {column}, which the field {field.Name} is read from. Name its column with "
                    + $"Source:Columns:{field.Name}" + (CdrFields.Required.Contains(field.Name) ? "." : ", or set that empty to do without the field."));
            }
            else if (Read(column, type, lookup is CdrLookup.Protocol or CdrLookup.ResultCategory ? CdrFieldKind.Integer : field.Kind, ofCall, encoding) is { } source)
            {
                fields[field.Name] = new SourceField(field, source, lookup);
            }
            else
            {
                faults.Add($"{relation}.{column} is of type {type}, which the field {field.Name} cannot be read from.");
            }
        }

        if (fields.Values.Any(f => f.Column.OfCall) && !(fields.ContainsKey(CdrFields.CallKey) && ofCalls.ContainsKey(CdrFields.CallKey)))
        {
            faults.Add($"{names.Cdrs} and {names.Calls} must both have a column i_call, by which a call's fields are found. "
                + "Set Source:Calls empty to do without them.");
        }

        return faults.Count > 0 ? throw new ReplicaCheckException(string.Join(" ", faults)) : fields;
    }

    public string ColumnOf(string field) =>
        options.Value.Columns.GetValueOrDefault(field) ?? CdrFields.All.First(f => f.Name == field).Column;

    private static SourceColumn? Read(string column, string type, CdrFieldKind kind, bool ofCall, TextEncoding encoding)
    {
        var name = $"{(ofCall ? CdrSource.CallAlias : CdrSource.Alias)}.{SourceOptions.QuoteName(column)}";
        (string Expression, ColumnFormat Format)? read = (kind, type) switch
        {
            (CdrFieldKind.Integer, "bigint" or "integer" or "smallint") => (name, ColumnFormat.Int64),
            (CdrFieldKind.Decimal, "double precision") => (name, ColumnFormat.Float8),
            // By way of numeric, also where it is one: so it stays right while a column is being altered.
            (CdrFieldKind.Decimal, "numeric" or "real" or "bigint" or "integer" or "smallint") => ($"{name}::numeric::text", ColumnFormat.DecimalText),
            (CdrFieldKind.Text, "text" or "character varying") => (name, ColumnFormat.Text),
            // Without the blanks that char(n) is filled up with.
            (CdrFieldKind.Text, "character" or "citext") => ($"{name}::text", ColumnFormat.Text),
            (CdrFieldKind.Text, "inet") => ($"host({name})", ColumnFormat.Text),
            (CdrFieldKind.Time, "timestamp with time zone" or "timestamp without time zone") => (name, ColumnFormat.Timestamp),
            _ => null,
        };
        return read is not var (expression, format) ? null
            : format == ColumnFormat.Text && !encoding.IsUtf8
                ? new SourceColumn(name, encoding.Read(expression), ColumnFormat.EncodedText, ofCall) { Text = expression, Encoding = encoding }
                : new SourceColumn(name, expression, format, ofCall) { MayBeInfinite = type is "double precision" or "real" or "numeric" };
    }

    /// <summary>Says which one is missing.</summary>
    private bool HasIndexes(string relation, bool partitioned, List<string[]> indexes)
    {
        var all = true;
        string[][] wanted = [["connect_time", "i_cdr"], ["i_account", "connect_time", "i_cdr"], ["i_cdr"]];
        foreach (var columns in wanted.Select(w => w.Select(ColumnOf).ToArray()))
        {
            if (!indexes.Exists(i => i.AsSpan().StartsWith(columns)))
            {
                // A partitioned parent takes no CONCURRENTLY: docs/operations.md has the steps.
                var sql = $"CREATE INDEX {(partitioned ? "" : "CONCURRENTLY ")}ON {SourceOptions.Quote(relation)} "
                    + $"({string.Join(", ", columns.Select(SourceOptions.QuoteName))});";
                if (_missingIndexes.TryAdd(sql, true))
                {
                    Log.IndexMissing(logger, relation, sql);
                }

                all = false;
            }
        }

        return all;
    }

    private sealed record Relation(string Kind, bool Readable, string Role);

    private static partial class Log
    {
        [LoggerMessage(LogLevel.Information, "The columns of {Relation} have changed; they are read as they are now")]
        public static partial void Changed(ILogger logger, string relation);

        [LoggerMessage(LogLevel.Warning, "{Relation} lacks an index, so queries will be slow. Run on the primary: {Sql}")]
        public static partial void IndexMissing(ILogger logger, string relation, string sql);
    }
}
