using System.Data;
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
    private static readonly TimeSpan WhileEmpty = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan WhileFailing = TimeSpan.FromSeconds(5);

    private readonly Latch _loading = new(time);
    private volatile ReferenceSnapshot? _current;
    private volatile bool _refreshFailed;

    public bool IsRepeated => false;

    public string Name => "reference_data";

    public bool IsLoaded => _loading.IsSet;

    /// <summary>The newest state; a request reads one snapshot from its first row to its last.</summary>
    public ReferenceSnapshot Current => _current ?? throw new InvalidOperationException("Asked before it was loaded.");

    /// <summary>Whether it is loaded in time.</summary>
    public Task<bool> LoadedWithinAsync(TimeSpan limit, CancellationToken cancellation) => _loading.SetWithinAsync(limit, cancellation);

    /// <summary>Only tried: this replica may be stale, or fail another check. Once there is any, lists can do without a newer one.</summary>
    public async Task RunAsync(NpgsqlConnection connection, CancellationToken cancellation)
    {
        try
        {
            _ = await LoadAsync(connection, cancellation);
        }
        catch (ReplicaCheckException e) when (IsLoaded)
        {
            throw new ReplicaCheckException(e.Message) { CanServe = true };
        }
        catch (PostgresException e) when (IsLoaded && e.SqlState == PostgresErrorCodes.LockNotAvailable)
        {
            // It can be read, by and by.
        }
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
        while (true)
        {
            try
            {
                await using var open = await replicas.OpenAsync(stopping);
                var loaded = await LoadAsync(open.Connection, stopping);
                open.Complete();
                (_current, _refreshFailed) = (loaded, false);
                _loading.Set();
            }
            catch (NoReplicaException) when (!IsLoaded)
            {
                await Task.Delay(WhileEmpty, time, stopping);
                continue;
            }
            catch (NoReplicaException)
            {
                // Another check's business.
            }
            catch (Exception e) when (!stopping.IsCancellationRequested)
            {
                _refreshFailed = true;
                Log.RefreshFailed(logger, e.Message);
            }

            var refresh = options.Value.ReferenceDataRefresh;
            await Task.Delay(_refreshFailed && refresh > WhileFailing ? WhileFailing : refresh, time, stopping);
        }
    }

    private async Task<ReferenceSnapshot> LoadAsync(NpgsqlConnection connection, CancellationToken cancellation)
    {
        var names = source.Value;
        // One moment for all tables. Policies would hide rows: a customer's key would get empty lists. A lock is not waited for.
        await using var transaction = await connection.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancellation);
        await connection.ExecuteAsync(new CommandDefinition(ReferenceDataSql.Settings, cancellationToken: cancellation));
        var encoding = TextEncoding.Of(connection);
        var countries = await QueryAsync<(byte[] Iso, byte[]? Name)>(
            names.Countries, ReferenceDataSql.Countries, nameof(names.Countries));
        var destinations = await QueryAsync<(byte[] Prefix, byte[]? Iso, byte[]? Description)>(
            names.Destinations, ReferenceDataSql.Destinations, nameof(names.Destinations));
        var protocols = await QueryAsync<(long Id, byte[]? Name)>(
            names.Protocols, ReferenceDataSql.Protocols, nameof(names.Protocols));
        var customers = await QueryAsync<(long Customer, long Wholesaler)>(
            names.Customers, ReferenceDataSql.Customers, nameof(names.Customers));
        var accounts = await QueryAsync<(long Account, long Customer)>(
            names.Accounts, ReferenceDataSql.Accounts, nameof(names.Accounts));
        await transaction.CommitAsync(cancellation);
        return ReferenceSnapshot.Build(encoding, destinations, countries, protocols, new AccountTree(customers, accounts), time.GetUtcNow());

        async Task<IEnumerable<T>> QueryAsync<T>(string relation, Func<string, TextEncoding, string> sql, string option)
        {
            if (relation.Length == 0)
            {
                return [];
            }

            try
            {
                return await connection.QueryAsync<T>(new CommandDefinition(sql(relation, encoding), cancellationToken: cancellation));
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
