using System.Diagnostics.Metrics;
using System.Globalization;
using CdrApi.Http;
using Dapper;
using Microsoft.Extensions.Options;
using Npgsql;

namespace CdrApi.Database;

/// <summary>
/// The standbys, each with a pool of its own. Npgsql's multi-host routing does not look at lag, so the choice
/// is made here, among those that the replica monitor keeps in rotation.
/// </summary>
internal sealed class Replicas : IAsyncDisposable
{
    /// <summary>A slice is a short walk of an index: on one core, without compiling, and never all of an account, sorted. What is none says so.</summary>
    public const string PlannerOptions = "-c enable_sort=off -c jit=off -c max_parallel_workers_per_gather=0";

    /// <summary>Statements of one connection that are kept prepared.</summary>
    private const int MostPrepared = 100;

    private const int LeastMonitorTimeout = 5;

    private readonly Replica[] _all;
    private readonly bool _rowSecurity;
    private readonly Lanes _lanes;
    private uint _turn;

    public Replicas(IOptions<DatabaseOptions> options, Lanes lanes, IMeterFactory meters, ILoggerFactory loggers)
    {
        _lanes = lanes;
        var text = options.Value.ConnectionString;
        _all = [.. options.Value.Hosts.Select(host => Build(host, text, options.Value, loggers))];
        MaxConnections = options.Value.MaxConnections - 1;
        _rowSecurity = options.Value.RowLevelSecurity;
        var meter = meters.Create(Telemetry.Meter);
        meter.CreateObservableGauge("cdrapi.pool.connections", () => _all.Select(r =>
            new Measurement<int>(r.ConnectionsInUse, KeyValuePair.Create<string, object?>("replica", r.Name))), "{connection}", "Connections in use.");
        meter.CreateObservableGauge("cdrapi.pool.limit", () => MaxConnections, "{connection}", "Connections that there may be to each standby.");
    }

    public IReadOnlyList<Replica> All => _all;

    /// <summary>Connections that slices may use at once on one replica.</summary>
    public int MaxConnections { get; }

    /// <summary>
    /// A connection on those terms: to the preferred replica, else to the next in turn; to a further one when it cannot be reached.
    /// </summary>
    public async ValueTask<ReplicaConnection> OpenAsync(Replica? preferred, ReadTerms terms, CancellationToken cancellation)
    {
        var turn = await _lanes.EnterAsync(terms, cancellation);
        ReplicaConnection? open = null;
        try
        {
            open = await OpenAsync(preferred, terms.MaxStaleness, turn, cancellation);
            if (_rowSecurity)
            {
                var text = terms.Accounts is null ? "*" : $"{{{string.Join(',', terms.Accounts)}}}";
                await open.Connection.ExecuteAsync(new CommandDefinition(RowSecuritySql.SetAccounts, new { accounts = text }, cancellationToken: cancellation));
            }

            return open;
        }
        catch
        {
            await (open?.DisposeAsync() ?? ValueTask.CompletedTask);
            turn?.Dispose();
            throw;
        }
    }

    /// <summary>For what is no CDR: reference data.</summary>
    public ValueTask<ReplicaConnection> OpenAsync(CancellationToken cancellation) => OpenAsync(null, maxStaleness: null, turn: null, cancellation);

    private async ValueTask<ReplicaConnection> OpenAsync(Replica? preferred, TimeSpan? maxStaleness, IDisposable? turn, CancellationToken cancellation)
    {
        var first = preferred is null ? Interlocked.Increment(ref _turn) : (uint)Array.IndexOf(_all, preferred);
        Exception? failure = null;
        for (var i = 0u; i < _all.Length; i++)
        {
            var replica = _all[(first + i) % _all.Length];
            var standing = replica.Standing;
            if (!standing.InRotation)
            {
                continue;
            }

            if (maxStaleness is not null && !(standing.Lag <= maxStaleness))
            {
                failure ??= new TooStaleException();
                continue;
            }

            try
            {
                return await replica.OpenAsync(turn, cancellation);
            }
            catch (Exception e) when (e is NpgsqlException or System.Net.Sockets.SocketException or PromotedException)
            {
                failure = e;
            }
        }

        throw failure is TooStaleException ? failure : new NoReplicaException(failure);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var replica in _all)
        {
            await replica.DisposeAsync();
        }
    }

    private static Replica Build(string host, string text, DatabaseOptions options, ILoggerFactory loggers)
    {
        var parts = new NpgsqlConnectionStringBuilder(text)
        {
            Host = host,
            Pooling = true,
            Timeout = (int)options.ConnectTimeout.TotalSeconds,
            // Per read, not per query: only a server that went silent is noticed by it. The query's limit is
            // the server's statement_timeout below.
            CommandTimeout = (int)options.QueryTimeout.TotalSeconds + 10,
            CancellationTimeout = 2000,
            GssEncryptionMode = GssEncryptionMode.Disable,
            Timezone = "UTC",
            // A server that lost its power closes nothing: without probes a reader would wait for CommandTimeout.
            TcpKeepAlive = true,
            TcpKeepAliveTime = 10,
            TcpKeepAliveInterval = 5,
            // Which server to ask is decided here.
            TargetSessionAttributes = null,
            MinPoolSize = 0,
            AutoPrepareMinUsages = 2,
            // The standby sends 8 KB at a time; a reader that lags behind it takes several in one go.
            ReadBufferSize = 64 * 1024,
            // Nothing is left on a session that the next query does not set itself: resetting it would cost each of them a statement.
            NoResetOnClose = true,
            Options = string.Create(CultureInfo.InvariantCulture,
                $"-c default_transaction_read_only=on -c statement_timeout={(long)options.QueryTimeout.TotalMilliseconds} ")
                + "-c idle_in_transaction_session_timeout=30000 "
                // Policies that come while the service runs are an error then, not a list that is silently empty.
                + (options.RowLevelSecurity ? "" : "-c row_security=off ")
                + PlannerOptions,
        };
        parts.RequireAuth ??= "ScramSHA256";
        // The monitor's few statements are not worth a plan, which a change of a table would make stale.
        return new Replica(host, Source("CdrApi", options.MaxConnections - 1, isMonitor: false), Source("CdrApi monitor", 1, isMonitor: true));

        NpgsqlDataSource Source(string applicationName, int connections, bool isMonitor)
        {
            var builder = new NpgsqlDataSourceBuilder(parts.ConnectionString) { Name = $"{applicationName} {host}" };
            builder.ConnectionStringBuilder.ApplicationName = applicationName;
            builder.ConnectionStringBuilder.MaxPoolSize = connections;
            builder.ConnectionStringBuilder.MaxAutoPrepare = isMonitor ? 0 : MostPrepared;
            if (isMonitor)
            {
                // The monitor and the repeated checks wait for each other, and for no lock.
                builder.ConnectionStringBuilder.Timeout = Math.Max(parts.Timeout, LeastMonitorTimeout);
                builder.ConnectionStringBuilder.Options += " -c lock_timeout=500";
            }

            return builder.UseLoggerFactory(loggers).Build();
        }
    }
}
