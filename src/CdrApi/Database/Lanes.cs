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

    private readonly Room _bulk;
    private readonly Room _statements;
    private readonly Room _downloads;
    private readonly TimeSpan _wait;

    public Lanes(IOptions<LaneOptions> options, IOptions<DatabaseOptions> database, IMeterFactory meters)
    {
        var most = Math.Max(1, (database.Value.MaxConnections - 1 - LeftToPages) / 2);
        _bulk = new("bulk", Math.Min(options.Value.BulkConnections, most));
        _statements = new("statements", Math.Min(options.Value.Statements, most));
        _downloads = new("downloads", options.Value.BulkDownloads);
        _wait = options.Value.Wait;
        Room[] all = [_bulk, _statements, _downloads];
        var meter = meters.Create(Telemetry.Meter);
        meter.CreateObservableGauge("cdrapi.lane.bulk.connections", () => _bulk.InUse, "{connection}", "Connections that slices of bulk downloads use.");
        meter.CreateObservableGauge("cdrapi.lane.bulk.downloads", () => _downloads.InUse, "{download}", "Bulk downloads under way.");
        meter.CreateObservableGauge("cdrapi.lane.statements", () => _statements.InUse, "{connection}", "Connections that statistics and counts use.");
        meter.CreateObservableGauge("cdrapi.lane.waiting", () => all.Select(r => r.Measure(r.Waiting)), "{turn}",
            "Those who wait for a turn, by lane. In bulk that is usual: slices take turns.");
        meter.CreateObservableCounter("cdrapi.lane.refused", () => all.Select(r => r.Measure(r.Refused)), "{turn}",
            "Those who got no turn within Lanes:Wait, by lane.");
    }

    /// <summary>Waits for a turn; null for what needs none.</summary>
    public async ValueTask<IDisposable?> EnterAsync(ReadTerms terms, CancellationToken cancellation)
    {
        if (terms.Lane == Lane.Page)
        {
            return null;
        }

        var lane = terms.Lane == Lane.Bulk ? _bulk : _statements;
        return await lane.EnterAsync(terms.HasBegun ? Timeout.InfiniteTimeSpan : _wait, cancellation) ? new Turn(lane) : throw new LaneFullException();
    }

    /// <summary>Takes the place of a bulk download until the response has ended. False: none became free in time.</summary>
    public async Task<bool> TryBeginDownloadAsync(HttpContext http)
    {
        if (!await _downloads.EnterAsync(_wait, http.RequestAborted))
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

    private sealed class Room(string name, int places) : IDisposable
    {
        private readonly SemaphoreSlim _free = new(places);
        private int _waiting;
        private int _refused;

        public int InUse => places - _free.CurrentCount;

        public int Waiting => Volatile.Read(ref _waiting);

        public int Refused => Volatile.Read(ref _refused);

        public Measurement<int> Measure(int value) => new(value, KeyValuePair.Create<string, object?>("lane", name));

        /// <summary>False: no place became free in time.</summary>
        public async Task<bool> EnterAsync(TimeSpan wait, CancellationToken cancellation)
        {
            Interlocked.Increment(ref _waiting);
            try
            {
                var entered = await _free.WaitAsync(wait, cancellation);
                Interlocked.Add(ref _refused, entered ? 0 : 1);
                return entered;
            }
            finally
            {
                Interlocked.Decrement(ref _waiting);
            }
        }

        public void Leave() => _free.Release();

        public void Dispose() => _free.Dispose();
    }

    private sealed class Turn(Room lane) : IDisposable
    {
        private Room? _lane = lane;

        public void Dispose() => Interlocked.Exchange(ref _lane, null)?.Leave();
    }
}

/// <summary>A read got no turn within Lanes:Wait.</summary>
internal sealed class LaneFullException() : Exception("No turn in the lane.");
