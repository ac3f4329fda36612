using CdrApi.Database;
using CdrApi.Replication;
using Microsoft.Extensions.Options;

namespace CdrApi.Cdrs;

/// <summary>One answer's way through its slices: where it is, and what it has sent.</summary>
internal sealed class CdrWalk
{
    private readonly CdrSlices _slices;
    private readonly CdrQuery _query;
    private readonly CdrOptions _options;
    private readonly CdrJson _json;
    private readonly int _limit;
    private readonly CdrPhase[] _phases;
    private Replica? _replica;
    private CdrPosition? _after;
    private int _phase;
    private bool _started;

    public CdrWalk(CdrSlices slices, CdrQuery query, int limit, CdrPosition? after, CdrJson json, IOptions<CdrOptions> options)
    {
        _slices = slices;
        _query = query;
        _limit = limit;
        _after = after;
        _json = json;
        _options = options.Value;
        _phases = query.Filter.HasDateRange ? [CdrPhase.Timed]
            : query.Order == CdrOrder.Desc ? [CdrPhase.Timed, CdrPhase.Untimed]
            : [CdrPhase.Untimed, CdrPhase.Timed];
        if (after is { } position)
        {
            _phase = Array.IndexOf(_phases, position.ConnectTime is null ? CdrPhase.Untimed : CdrPhase.Timed);
        }
    }

    public int Limit => _limit;

    /// <summary>Rows read so far.</summary>
    public int Count { get; private set; }

    /// <summary>The last row's key.</summary>
    public CdrPosition? Last { get; private set; }

    /// <summary>Whether CDRs are left beyond those read.</summary>
    public bool More { get; private set; } = true;

    /// <summary>Whether the answer has all that it may hold.</summary>
    public bool Complete => !More || Count == _limit;

    /// <summary>How fresh the replica was when the first slice was read.</summary>
    public ReplicaStatus? Freshness { get; private set; }

    /// <summary>Up to when every commit is in the answer: the earliest of its slices; null when not known.</summary>
    public DateTimeOffset? AsOf { get; private set; }

    /// <summary>Reads the next slice: few rows at first, so that the first byte comes soon.</summary>
    public async Task ReadAsync(SliceBuffer buffer, CancellationToken cancellation)
    {
        var wanted = Math.Min(_limit - Count, _started ? _options.SliceRows : _options.FirstSliceRows);
        while (true)
        {
            var slice = await _slices.ReadAsync(
                _query, _phases[_phase], _after, wanted, _json, buffer, _replica, cancellation);
            // The rest comes from the same replica for as long as it answers: another may be staler.
            _replica = slice.Replica;
            AsOf = Freshness is null || slice.Status.AsOf is null || slice.Status.AsOf < AsOf ? slice.Status.AsOf : AsOf;
            Freshness ??= slice.Status;
            Count += slice.Count;
            wanted -= slice.Count;
            _after = slice.Last ?? _after;
            Last = slice.Last ?? Last;
            More = slice.More;
            if (slice.More)
            {
                break;
            }

            // A phase ended within this slice: the next one fills the rest of it, or tells whether it has any row.
            if (_phase + 1 == _phases.Length)
            {
                break;
            }

            _phase++;
            _after = null;
        }

        _started = true;
    }
}
