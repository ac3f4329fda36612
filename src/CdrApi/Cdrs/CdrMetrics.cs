using System.Diagnostics.Metrics;
using CdrApi.Http;

namespace CdrApi.Cdrs;

/// <summary>What was answered.</summary>
internal sealed class CdrMetrics
{
    private const string Outcome = "outcome";
    private readonly Counter<long> _slices;
    private readonly Counter<long> _rows;
    private readonly Counter<long> _bytes;
    private readonly Counter<long> _answers;

    public CdrMetrics(IMeterFactory meters)
    {
        var meter = meters.Create(Telemetry.Meter);
        _slices = meter.CreateCounter<long>("cdrapi.slices", "{slice}", "Slices read.");
        _rows = meter.CreateCounter<long>("cdrapi.rows", "{row}", "CDRs and groups handed on.");
        _bytes = meter.CreateCounter<long>("cdrapi.bytes", "By", "Bytes of bodies handed on, before compression.");
        _answers = meter.CreateCounter<long>("cdrapi.answers", "{answer}",
            "Answers that began with 200, by outcome: complete, client left, withdrawn (the credential ended), aborted. What was aborted is an error, whatever its status was.");
        // A series that begins with its first event hides that event from Prometheus: increase() sees no change.
        foreach (var outcome in (string[])["complete", "client left", "aborted"])
        {
            Answered(outcome, rows: 0, bytes: 0, answers: 0);
        }

        _slices.Add(0);
    }

    public void SliceRead() => _slices.Add(1);

    public void Answered(string outcome, long rows, long bytes) => Answered(outcome, rows, bytes, answers: 1);

    private void Answered(string outcome, long rows, long bytes, int answers)
    {
        _rows.Add(rows);
        _bytes.Add(bytes);
        _answers.Add(answers, KeyValuePair.Create<string, object?>(Outcome, outcome));
    }
}
