using CdrApi.Cdrs;
using CdrApi.Cdrs.Formats;
using CdrApi.Database;
using CdrApi.Replication;
using Dapper;
using Microsoft.Extensions.Options;

namespace CdrApi.Statistics;

/// <summary>Reads a statistic: one statement, so one snapshot.</summary>
internal sealed class StatisticsSlices(
    Replicas replicas, ReplicaMonitor monitor, CdrSourceCheck check, Retry retry, IOptions<SourceOptions> names, IOptions<StatisticsOptions> options)
{
    public CdrSource Source => check.Source;

    /// <summary>The groups into one buffer, the totals, always as JSON, into the other.</summary>
    public Task<StatisticsResult> ReadAsync(
        CdrSource source, StatisticsQuery query, CdrFormat format, SliceBuffer rows, SliceBuffer totals, CancellationToken cancellation) =>
        retry.RunAsync(query.Terms, async () =>
        {
            rows.Clear();
            totals.Clear();
            var statement = StatisticsSql.Select(source, query, names.Value, options.Value);
            await using var open = await replicas.OpenAsync(null, query.Terms, cancellation);
            // Before the query: what was visible then is visible to it.
            var status = monitor.StatusOf(open.Replica);
            var (count, groups) = (0, 0L);
            await using (var reader = await open.Connection.ExecuteReaderAsync(statement.ToCommand(cancellation)))
            {
                var row = await statement.RowsAsync(reader, cancellation);

                // The totals come first, also where there are no groups.
                await row.ReadAsync(cancellation);
                StatisticsRows.OfTotals(source, query).Write(row, totals);
                groups = row.GetInt64(StatisticsRows.GroupCountOrdinal(source, query));
                var writer = StatisticsRows.OfGroups(source, query, format);
                while (await row.ReadAsync(cancellation))
                {
                    writer.Write(row, rows);
                    count++;
                }
            }

            open.Complete();
            return new StatisticsResult(count, groups, status);
        }, cancellation);
}

/// <summary>What a statistic held.</summary>
/// <param name="Count">Groups written.</param>
/// <param name="Groups">Groups that there are.</param>
/// <param name="Status">How fresh the replica was.</param>
internal sealed record StatisticsResult(int Count, long Groups, ReplicaStatus Status);
