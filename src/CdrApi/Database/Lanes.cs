using System.Diagnostics.Metrics;
using CdrApi.Http;
using Microsoft.Extensions.Options;

namespace CdrApi.Database;

/// <summary>
/// Lanes to the standbys: pages go at once, the slices of bulk downloads take turns among themselves, and so do statements. A download whose
/// client does not read holds no turn.
/// </summary>
internal sealed class Lanes : IDisposable
{
    private const int LeftToPages = 2;

    private readonly SemaphoreSlim _bulk;
    private readonly SemaphoreSlim _statements;
    private readonly SemaphoreSlim _downloads;
    private readonly TimeSpan _wait;

    public Lanes(IOptions<LaneOptions> options, IOptions<DatabaseOptions> database, IMeterFactory meters)
    {
        var most = Math.Max(1, (database.Value.MaxConnections - 1 - LeftToPages) / 2);
        var (bulk, statements, downloads) = (Math.Min(options.Value.BulkConnections, most), Math.Min(options.Value.Statements, most), options.Value.BulkDownloads);
        (_bulk, _statements, _downloads, _wait) = (new(bulk), new(statements), new(downloads), options.Value.Wait);
        var meter = meters.Create(Telemetry.Meter);
        meter.CreateObservableGauge("cdrapi.lane.bulk.connections", () => bulk - _bulk.CurrentCount, "{connection}", "Connections that slices of bulk downloads use.");
        meter.CreateObservableGauge("cdrapi.lane.bulk.downloads", () => downloads - _downloads.CurrentCount, "{download}", "Bulk downloads under way.");
        meter.CreateObservableGauge("cdrapi.lane.statements", () => statements - _statements.CurrentCount, "{connection}", "Connections that statistics and counts use.");
    }

    /// <summary>Waits for a turn; null for what needs none.</summary>
    public async ValueTask<IDisposable?> EnterAsync(ReadTerms terms, CancellationToken cancellation)
    {
        if (terms.Lane == Lane.Page)
        {
            return null;
        }

        var lane = terms.Lane == Lane.Bulk ? _bulk : _statements;
        return await lane.WaitAsync(terms.HasBegun ? Timeout.InfiniteTimeSpan : _wait, cancellation) ? new Turn(lane) : throw new LaneFullException();
    }

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
        _bulk.Dispose();
        _statements.Dispose();
        _downloads.Dispose();
    }

    private sealed class Turn(SemaphoreSlim lane) : IDisposable
    {
        private SemaphoreSlim? _lane = lane;

        public void Dispose() => Interlocked.Exchange(ref _lane, null)?.Release();
    }
}

/// <summary>A read got no turn within Lanes:Wait.</summary>
internal sealed class LaneFullException() : Exception("No turn in the lane.");
