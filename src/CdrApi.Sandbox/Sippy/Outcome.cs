namespace CdrSandbox.Sippy;

/// <summary>How calls end, and how often. The rarest comes about 12 times in 20,000 CDRs.</summary>
internal sealed record Outcome(long Result, bool Answered)
{
    public bool RefusedBySwitch => Result < 0;

    public static Weighted<Outcome> All { get; } = new(
    [
        (new Outcome(0, Answered: true), 580),
        // A caller who cancels, on older releases.
        (new Outcome(0, Answered: false), 30),
        (new Outcome(200, Answered: true), 5),
        .. Failures(0.6, [-1, .. Enumerable.Range(-37, 36).Select(code => (long)code)]),
        .. Failures(8, -14, -20, -21, -25, -30),
        .. Failures(0.6,
            400, 401, 403, 405, 406, 407, 410, 413, 415, 416, 420, 421, 423, 481, 482, 483, 485, 488, 491, 493,
            501, 502, 504, 505, 513, 600, 604, 606),
        .. Failures(40, 404, 480, 486, 487, 503),
        .. Failures(10, 408, 484, 500, 603),
    ]);

    private static IEnumerable<(Outcome, double)> Failures(double weight, params long[] codes) =>
        codes.Distinct().Select(code => (new Outcome(code, Answered: false), weight));
}
