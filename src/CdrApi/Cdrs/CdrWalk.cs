using System.Diagnostics;
using CdrApi.Cdrs.Formats;
using CdrApi.Database;
using CdrApi.Replication;

namespace CdrApi.Cdrs;

/// <summary>One answer's way through its slices: where it is, and what it has read.</summary>
internal sealed class CdrWalk
{
    private readonly CdrSlices _slices;
    private readonly CdrRequest _request;
    private readonly int _firstRows;
    private readonly int _rowsPerSlice;
    private readonly CdrRows _rows;
    private readonly CdrPhase[] _phases;
    private Replica? _replica;
    private CdrPosition? _after;
    private int _phase;
    private bool _started;

    public CdrWalk(CdrSlices slices, CdrRequest request, CdrRows rows, int firstRows, int rowsPerSlice)
    {
        _slices = slices;
        _request = request;
        _rows = rows;
        _firstRows = firstRows;
        _rowsPerSlice = rowsPerSlice;
        _after = request.After;
        _phases = request.Query.Filter.HasDateRange ? [CdrPhase.Timed]
            : request.Query.Order == CdrOrder.Desc ? [CdrPhase.Timed, CdrPhase.Untimed]
            : [CdrPhase.Untimed, CdrPhase.Timed];
        if (_after is { } position)
        {
            _phase = Array.IndexOf(_phases, position.ConnectTime is null ? CdrPhase.Untimed : CdrPhase.Timed);
        }
    }

    /// <summary>Rows read so far.</summary>
    public long Count { get; private set; }

    /// <summary>Rows handed on so far, to be sent; those of the slice that is read meanwhile are not.</summary>
    public long HandedOn { get; private set; }

    /// <summary>The last row's key.</summary>
    public CdrPosition? Last { get; private set; }

    /// <summary>Whether CDRs are left beyond those read.</summary>
    public bool More { get; private set; } = true;

    /// <summary>Whether the answer has all that it may hold.</summary>
    public bool Complete => !More || Count == _request.Limit;

    /// <summary>How many CDRs the filter has in all, if that was asked for.</summary>
    public long? Total { get; private set; }

    /// <summary>How fresh the replica was when the first slice was read.</summary>
    public ReplicaStatus? Freshness { get; private set; }

    /// <summary>Up to when every commit is in the answer: the earliest of its slices; null when not known.</summary>
    public DateTimeOffset? AsOf { get; private set; }

    /// <summary>How long the first slice took, with all that it waited for.</summary>
    public TimeSpan FirstSliceTime { get; private set; }

    // The planner knows how often a number occurs with all accounts: for a caller bound to some, that is counted.
    private bool MayEstimate => _request.Terms.Accounts is null || _request.Query.Filter.Conditions.Count == 0;

    /// <summary>What must be known before the first byte, and the first slice: few rows, so that it comes soon.</summary>
    public async Task StartAsync(SliceBuffer buffer, CancellationToken cancellation)
    {
        var started = Stopwatch.GetTimestamp();
        Total = _request.Count switch
        {
            CdrCount.None => null,
            CdrCount.Estimate when MayEstimate => await _slices.EstimateAsync(_request.Query.Filter, _request.Terms, cancellation),
            _ => await _slices.CountAsync(_request.Query.Filter, _request.Terms with { Lane = Lane.Statement }, cancellation),
        };
        await SkipAsync(cancellation);
        if (More)
        {
            await ReadAsync(buffer, cancellation);
        }

        FirstSliceTime = Stopwatch.GetElapsedTime(started);
    }

    /// <summary>What was read is handed on.</summary>
    public void HandOn() => HandedOn = Count;

    /// <summary>Reads the next slice.</summary>
    public async Task ReadAsync(SliceBuffer buffer, CancellationToken cancellation)
    {
        var rows = (int)Math.Min(_request.Limit - Count, _started ? _rowsPerSlice : _firstRows);
        Count += await FillAsync(_request.Query, _rows, rows, buffer, cancellation);
        _started = true;
    }

    /// <summary>Passes the CDRs that offset leaves out, by their keys alone.</summary>
    private async Task SkipAsync(CancellationToken cancellation)
    {
        var keys = _request.Query with { Selection = new CdrSelection(_slices.Source, []) };
        using var nothing = new SliceBuffer();
        for (var left = _request.Offset; left > 0 && More;)
        {
            left -= await FillAsync(keys, CdrRows.None, Math.Min(left, _rowsPerSlice), nothing, cancellation);
        }
    }

    /// <summary>Reads up to that many rows, of the next phase where one ends before.</summary>
    private async Task<int> FillAsync(CdrQuery query, CdrRows writer, int rows, SliceBuffer buffer, CancellationToken cancellation)
    {
        var count = 0;
        while (true)
        {
            var slice = await _slices.ReadAsync(
                query, _request.Terms with { HasBegun = _started }, _phases[_phase], _after, rows - count, writer, buffer, _replica, cancellation);
            // The rest comes from the same replica for as long as it answers: another may be staler.
            _replica = slice.Replica;
            AsOf = Freshness is null || slice.Status.AsOf is null || slice.Status.AsOf < AsOf ? slice.Status.AsOf : AsOf;
            Freshness ??= slice.Status;
            count += slice.Count;
            _after = slice.Last ?? _after;
            Last = slice.Last ?? Last;
            More = slice.More;
            // Where a phase ends the next one fills the rest, or tells whether it has any row.
            if (More || _phase + 1 == _phases.Length)
            {
                return count;
            }

            _phase++;
            _after = null;
        }
    }
}
