using System.Text.Json;
using CdrApi.Cdrs.Formats;
using CdrApi.Database;
using CdrApi.Replication;
using Dapper;
using Npgsql;

namespace CdrApi.Cdrs;

/// <summary>
/// Reads slices: a connection for one slice, never longer, and never while a client reads. A slice that fails
/// by a conflict, a restart or a lost connection is asked again from the same key.
/// </summary>
internal sealed class CdrSlices(Replicas replicas, ReplicaMonitor monitor, CdrSourceCheck check, CdrMetrics metrics, Retry retry)
{
    public CdrSource Source => check.Source;

    /// <summary>
    /// Up to <paramref name="rows"/> rows after a position. One row more is asked for, which tells whether anything
    /// is left.
    /// </summary>
    public Task<CdrSlice> ReadAsync(
        CdrQuery query, ReadTerms terms, CdrPhase phase, CdrPosition? after, int rows, CdrRows writer, SliceBuffer buffer,
        Replica? preferred, CancellationToken cancellation) =>
        RetryAsync(buffer, terms, async () =>
        {
            var statement = CdrSql.Slice(Source, query, phase, after, rows + 1);
            await using var open = await replicas.OpenAsync(preferred, terms, cancellation);
            // After a failure the next one in turn: what this one is short of, another may have.
            preferred = null;
            // Before the query: what was visible then is visible to it.
            var status = monitor.StatusOf(open.Replica);
            CdrPosition? last = null;
            var (count, more) = (0, false);
            await using (var reader = await open.Connection.ExecuteReaderAsync(statement.ToCommand(cancellation)))
            {
                var row = await statement.RowsAsync(reader, cancellation);
                EnsureReadable(row, query.Selection);
                metrics.SliceRead();
                while (await row.ReadAsync(cancellation))
                {
                    if (count == rows)
                    {
                        more = true;
                        break;
                    }

                    writer.Write(row, buffer);
                    // Where the next slice begins; a phase that ends before has no next one.
                    if (++count == rows)
                    {
                        last = CdrRows.PositionOf(row);
                    }
                }
            }

            open.Complete();
            return new CdrSlice(count, last, more, open.Replica, status);
        }, cancellation);

    /// <summary>One CDR: whether there is such a CDR, and how fresh the replica was.</summary>
    public Task<(bool Found, ReplicaStatus Status)> ReadSingleAsync(
        CdrSelection selection, long id, IReadOnlyList<long>? accounts, ReadTerms terms, CdrRows writer, SliceBuffer buffer,
        CancellationToken cancellation) =>
        RetryAsync(buffer, terms, async () =>
        {
            var statement = CdrSql.Single(Source, selection, id, accounts);
            await using var open = await replicas.OpenAsync(null, terms, cancellation);
            var status = monitor.StatusOf(open.Replica);
            bool found;
            await using (var reader = await open.Connection.ExecuteReaderAsync(statement.ToCommand(cancellation)))
            {
                var row = await statement.RowsAsync(reader, cancellation);
                EnsureReadable(row, selection);
                found = await row.ReadAsync(cancellation);
                if (found)
                {
                    writer.Write(row, buffer);
                }
            }

            open.Complete();
            return (found, status);
        }, cancellation);

    /// <summary>How many CDRs the filter has.</summary>
    public Task<long> CountAsync(CdrFilter filter, ReadTerms terms, CancellationToken cancellation) =>
        ScalarAsync<long>(terms, () => CdrSql.Count(Source, filter), cancellation);

    /// <summary>How many the planner expects it to have.</summary>
    public async Task<long> EstimateAsync(CdrFilter filter, ReadTerms terms, CancellationToken cancellation)
    {
        using var plan = JsonDocument.Parse(await ScalarAsync<string>(terms, () => CdrSql.Estimate(Source, filter), cancellation));
        return (long)plan.RootElement[0].GetProperty("Plan").GetProperty("Plan Rows").GetDouble();
    }

    /// <summary>When clocks of a zone first show these local times.</summary>
    public Task<DateTime[]> FirstMomentsAsync(string zone, IReadOnlyList<DateTime> locals, ReadTerms terms, CancellationToken cancellation) =>
        ScalarAsync<DateTime[]>(terms, () => TimeZoneSql.FirstMoments(zone, locals), cancellation);

    private async Task<T> ScalarAsync<T>(ReadTerms terms, Func<CdrStatement> query, CancellationToken cancellation)
    {
        using var nothing = new SliceBuffer();
        return await RetryAsync(nothing, terms, async () =>
        {
            // Anew for each try: parameters belong to one command.
            var statement = query();
            await using var open = await replicas.OpenAsync(null, terms, cancellation);
            T value;
            await using (var reader = await open.Connection.ExecuteReaderAsync(statement.ToCommand(cancellation)))
            {
                var row = await statement.RowsAsync(reader, cancellation);
                await row.ReadAsync(cancellation);
                value = row.GetFieldValue<T>(0);
            }

            open.Complete();
            return value;
        }, cancellation);
    }

    private Task<T> RetryAsync<T>(SliceBuffer buffer, ReadTerms terms, Func<Task<T>> read, CancellationToken cancellation)
    {
        var mark = buffer.Mark();
        return retry.RunAsync(terms, () =>
        {
            // Also what a failure after the last row, while the reader was closed, has left behind.
            buffer.Return(mark);
            return read();
        }, cancellation);
    }

    /// <exception cref="SourceChangedException">A column has another type than it had when the query was made.</exception>
    private static void EnsureReadable(NpgsqlDataReader row, CdrSelection selection)
    {
        for (var i = 0; i < selection.Columns.Count; i++)
        {
            if (!selection.Columns[i].Format.CanRead(row.GetDataTypeOID(i)))
            {
                throw new SourceChangedException();
            }
        }
    }
}

/// <summary>What a slice held.</summary>
/// <param name="Count">Rows written.</param>
/// <param name="Last">The last row's key; null when there were fewer rows than asked for.</param>
/// <param name="More">Whether its phase has further rows.</param>
/// <param name="Replica">Where it was read.</param>
/// <param name="Status">How fresh that replica was.</param>
internal readonly record struct CdrSlice(int Count, CdrPosition? Last, bool More, Replica Replica, ReplicaStatus Status);
