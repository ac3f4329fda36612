using CdrApi.Database;
using CdrApi.Http;
using Dapper;
using Microsoft.Extensions.Options;

namespace CdrApi.Cdrs;

/// <summary>
/// Looks once, when it has started, whether the newest CDRs have each id once. A page ends at an id: of two CDRs with the same, the second is left out
/// of the next page. A view over several tables may have such, and a partitioned table cannot have the index that would forbid it.
/// </summary>
internal sealed partial class RepeatedIdsCheck(
    ReplicaChecks checks, Replicas replicas, CdrSourceCheck source, IOptions<SourceOptions> options, TimeProvider time,
    IHostApplicationLifetime lifetime, ILogger<RepeatedIdsCheck> logger) : BackgroundLoop(lifetime), IHealthCheck
{
    private const int Newest = 100_000;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Pause = TimeSpan.FromMinutes(5);
    private const long NotKnown = -1;
    private long _found = NotKnown;

    private const string Unit = "repeated i_cdr";

    public string Name => "source";

    public HealthCheck Run() => Interlocked.Read(ref _found) switch
    {
        NotKnown => new HealthCheck(HealthStatus.Pass, null, Unit, "Whether i_cdr is unique is not known yet."),
        0 => new HealthCheck(HealthStatus.Pass, 0, Unit, null),
        var found => new HealthCheck(HealthStatus.Warn, found, Unit, "i_cdr is not unique, so that pages leave CDRs out. The log says more."),
    };

    protected override async Task RunAsync(CancellationToken stopping)
    {
        if (!await checks.PassWithinAsync(Timeout.InfiniteTimeSpan, stopping))
        {
            return;
        }

        while (Interlocked.Read(ref _found) == NotKnown)
        {
            using var patience = CancellationTokenSource.CreateLinkedTokenSource(stopping);
            patience.CancelAfter(Patience);
            try
            {
                await CompareAsync(patience.Token);
            }
            catch (Exception e) when (!stopping.IsCancellationRequested)
            {
                Log.NotCompared(logger, options.Value.Cdrs, SqlErrors.Cause(e));
                await Task.Delay(Pause, time, stopping);
            }
        }
    }

    private async Task CompareAsync(CancellationToken cancellation)
    {
        var cdrs = source.Source;
        await using var open = await OpenAsync(cancellation);
        var key = new { relation = SourceOptions.Quote(options.Value.Cdrs), column = source.ColumnOf(CdrFields.KeyId) };
        var isUnique = await open.Connection.ExecuteScalarAsync<bool>(new CommandDefinition(CdrSourceSql.IsUnique, key, cancellationToken: cancellation));
        var found = isUnique ? 0
            : await open.Connection.ExecuteScalarAsync<long>(new CommandDefinition(CdrSourceSql.Repeated(cdrs, Newest), cancellationToken: cancellation));
        open.Complete();
        Interlocked.Exchange(ref _found, found);
        if (found > 0)
        {
            Log.Repeated(logger, options.Value.Cdrs, found, Newest, source.ColumnOf(CdrFields.KeyId));
        }
    }

    private async Task<ReplicaConnection> OpenAsync(CancellationToken cancellation)
    {
        while (true)
        {
            try
            {
                return await replicas.OpenAsync(null, ReadTerms.OfService, cancellation);
            }
            catch (NoReplicaException)
            {
                // The monitor has not seen any yet.
                await Task.Delay(TimeSpan.FromMilliseconds(100), time, cancellation);
            }
        }
    }

    private static partial class Log
    {
        [LoggerMessage(LogLevel.Warning, "Among the newest {Newest} CDRs of {Relation}, {Count} have an {Column} that another one has too. Pages and downloads "
            + "may leave such CDRs out: name a column that is unique with Source:Columns:i_cdr, or mend the view")]
        public static partial void Repeated(ILogger logger, string relation, long count, int newest, string column);

        [LoggerMessage(LogLevel.Warning, "Whether i_cdr is unique in {Relation} could not be found out ({Cause})")]
        public static partial void NotCompared(ILogger logger, string relation, string cause);
    }
}
