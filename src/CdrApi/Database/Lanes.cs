using System.Diagnostics.Metrics;
using CdrApi.Http;
using Microsoft.Extensions.Options;

namespace CdrApi.Database;

/// <summary>
/// Two lanes to the standbys: pages go at once, bulk reads take turns, slice by slice. So a download whose client does not read holds no turn.
/// </summary>
internal sealed class Lanes : IDisposable
{
    private const int LeftToPages = 2;

    private readonly SemaphoreSlim _connections;
    private readonly SemaphoreSlim _downloads;
    private readonly int _most;
    private readonly TimeSpan _wait;

    public Lanes(IOptions<LaneOptions> options, IOptions<DatabaseOptions> database, IMeterFactory meters)
    {
        BulkConnections = Math.Clamp(options.Value.BulkConnections, 1, Math.Max(1, database.Value.MaxConnections - 1 - LeftToPages));
        _connections = new SemaphoreSlim(BulkConnections);
        _downloads = new SemaphoreSlim(options.Value.BulkDownloads);
        (_most, _wait) = (options.Value.BulkDownloads, options.Value.BulkWait);
        var meter = meters.Create(Telemetry.Meter);
        meter.CreateObservableGauge("cdrapi.lane.bulk.connections", () => BulkConnections - _connections.CurrentCount, "{connection}", "Connections that bulk reads use.");
        meter.CreateObservableGauge("cdrapi.lane.bulk.downloads", () => _most - _downloads.CurrentCount, "{download}", "Bulk downloads under way.");
    }

    public int BulkConnections { get; }

    /// <summary>Waits for a turn; null for what needs none.</summary>
    public async ValueTask<IDisposable?> EnterAsync(ReadTerms terms, CancellationToken cancellation) =>
        !terms.IsBulk ? null
        : await _connections.WaitAsync(_wait, cancellation) ? new Turn(_connections)
        : throw new LaneFullException();

    /// <summary>Takes the place of a bulk download until the response has ended. False: none became free in time.</summary>
    public async Task<bool> TryBeginDownloadAsync(HttpContext http)
    {
        if (!await _downloads.WaitAsync(_wait, http.RequestAborted))
        {
            return false;
        }

        http.Response.RegisterForDispose(new Turn(_downloads));
        return true;
    }

    public void Dispose()
    {
        _connections.Dispose();
        _downloads.Dispose();
    }

    private sealed class Turn(SemaphoreSlim lane) : IDisposable
    {
        private SemaphoreSlim? _lane = lane;

        public void Dispose() => Interlocked.Exchange(ref _lane, null)?.Release();
    }
}

/// <summary>A bulk read got no turn within Lanes:BulkWait.</summary>
internal sealed class LaneFullException() : Exception("No turn in the bulk lane.");
