using CdrApi.Http;
using Dapper;
using Microsoft.Extensions.Options;
using Npgsql;

namespace CdrApi.Database;

/// <summary>
/// Destinations, countries, protocols and who owns which account, in memory: joined in SQL they double the database's work, and a
/// missing or duplicate prefix would lose or repeat a CDR.
/// </summary>
internal sealed partial class ReferenceData(
    Replicas replicas,
    IOptions<SourceOptions> source,
    IOptions<DatabaseOptions> options,
    TimeProvider time,
    IHostApplicationLifetime lifetime,
    ILogger<ReferenceData> logger) : BackgroundLoop(lifetime), IReplicaCheck, IHealthCheck
{
    private volatile ReferenceSnapshot? _current;
    private volatile bool _refreshFailed;

    public bool IsRepeated => false;

    public string Name => "reference_data";

    public bool IsLoaded => _current is not null;

    /// <summary>The newest state; a request reads one snapshot from its first row to its last.</summary>
    public ReferenceSnapshot Current => _current ?? throw new InvalidOperationException("Asked before it was loaded.");

    /// <summary>On a further replica it is only tried, since that one may be staler.</summary>
    public async Task RunAsync(NpgsqlConnection connection, CancellationToken cancellation)
    {
        var loaded = await LoadAsync(connection, cancellation);
        Interlocked.CompareExchange(ref _current, loaded, null);
    }

    public HealthCheck Run()
    {
        if (_current is not { } current)
        {
            return new HealthCheck(HealthStatus.Fail, null, "s", "Not loaded yet.");
        }

        var age = time.GetUtcNow() - current.LoadedAt;
        var fault = _refreshFailed ? "The last refresh failed; the state of before is used, and the log says why."
            : age > 3 * options.Value.ReferenceDataRefresh ? "Not refreshed for three intervals."
            : null;
        return new HealthCheck(fault is null ? HealthStatus.Pass : HealthStatus.Warn, Math.Round(age.TotalSeconds), "s", fault);
    }

    protected override async Task RunAsync(CancellationToken stopping)
    {
        using var timer = new PeriodicTimer(options.Value.ReferenceDataRefresh, time);
        while (await timer.WaitForNextTickAsync(stopping))
        {
            try
            {
                await using var open = await replicas.OpenAsync(stopping);
                var loaded = await LoadAsync(open.Connection, stopping);
                open.Complete();
                (_current, _refreshFailed) = (loaded, false);
            }
            catch (Exception e) when (!stopping.IsCancellationRequested)
            {
                // Until it succeeds: no standby in rotation is another check's business.
                _refreshFailed = e is not NoReplicaException;
                Log.RefreshFailed(logger, e.Message);
            }
        }
    }

    private async Task<ReferenceSnapshot> LoadAsync(NpgsqlConnection connection, CancellationToken cancellation)
    {
        var names = source.Value;
        var countries = await QueryAsync<(string Iso, string? Name)>(
            names.Countries, ReferenceDataSql.Countries, nameof(names.Countries));
        var destinations = await QueryAsync<(string Prefix, string? Iso, string? Description)>(
            names.Destinations, ReferenceDataSql.Destinations, nameof(names.Destinations));
        var protocols = await QueryAsync<(long Id, string? Name)>(
            names.Protocols, ReferenceDataSql.Protocols, nameof(names.Protocols));
        var customers = await QueryAsync<(long Customer, long Wholesaler)>(
            names.Customers, ReferenceDataSql.Customers, nameof(names.Customers));
        var accounts = await QueryAsync<(long Account, long Customer)>(
            names.Accounts, ReferenceDataSql.Accounts, nameof(names.Accounts));
        return ReferenceSnapshot.Build(destinations, countries, protocols, new AccountTree(customers, accounts), time.GetUtcNow());

        async Task<IEnumerable<T>> QueryAsync<T>(string relation, Func<string, string> sql, string option)
        {
            if (relation.Length == 0)
            {
                return [];
            }

            try
            {
                return await connection.QueryAsync<T>(new CommandDefinition(sql(relation), cancellationToken: cancellation));
            }
            catch (PostgresException e) when (SqlErrors.IsOfSource(e))
            {
                throw new ReplicaCheckException($"Cannot read {relation}: {e.MessageText}. GRANT SELECT ON {relation} to the role "
                    + $"on the primary, name another relation with Source:{option}, or set it empty to do without.");
            }
        }
    }

    private static partial class Log
    {
        [LoggerMessage(LogLevel.Warning, "Reference data could not be refreshed, the last state stays: {Cause}")]
        public static partial void RefreshFailed(ILogger logger, string cause);
    }
}
