using System.Globalization;

namespace CdrSandbox.Sippy;

/// <summary>
/// Calls as a switch writes them: each when it ends, so that long calls come late, with an old connect_time.
/// The same seed gives the same calls for the same times.
/// </summary>
internal sealed class CdrGenerator(Subscribers subscribers, Random random)
{
    private static readonly string[] Vendors = ["Northern Carrier", "Blue \"Wholesale\" Ltd", "Côte Télécom", "Transit, One"];
    private static readonly string[] ReleaseSources = ["caller", "callee", "switch"];

    // As the arithmetic of a billing engine leaves them, up to 20 decimals.
    private static readonly double[] OddCosts =
        [0.1 + 0.2, 1e-12, 0.00000000000000012345, 1.0 / 3, 2.675, 1.005, 123456.78901234567, 98765432.1, 0.07 * 100, -0.5];

    // Every column that may be NULL is, now and then.
    private static readonly Action<Cdr>[] Blanks =
    [
        cdr => cdr.Cost = null, cdr => cdr.Delay = null, cdr => cdr.Duration = null, cdr => cdr.BilledDuration = null,
        cdr => cdr.ConnectTime = null, cdr => cdr.DisconnectTime = null, cdr => cdr.Cld = null, cdr => cdr.Cli = null, cdr => cdr.Prefix = null,
        cdr => cdr.Price1 = null, cdr => cdr.PriceN = null, cdr => cdr.Interval1 = null, cdr => cdr.IntervalN = null,
        cdr => cdr.PostCallSurcharge = null, cdr => cdr.ConnectFee = null, cdr => cdr.FreeSeconds = null, cdr => cdr.GracePeriod = null,
        cdr => cdr.RemoteIp = null, cdr => cdr.UserAgent = null, cdr => cdr.Pdd1xx = null, cdr => cdr.Protocol = null,
        cdr => cdr.ReleaseSource = null, cdr => cdr.PlanDuration = null, cdr => cdr.AccessibilityCost = null, cdr => cdr.Protocol = 99,
        cdr => { cdr.ConnectTime = null; cdr.DisconnectTime = null; cdr.Duration = 0; },
    ];

    private long _call = 300_000_000;
    private long _cdr = 418_000_000;
    private long _attempt;
    private long _charge;
    private int _blank;

    public Call Next(DateTime end)
    {
        var account = subscribers.ByTraffic.Next(random);
        var outcome = Outcome.All.Next(random);
        var prefix = NumberingPlan.Prefixes.Next(random);
        var cli = NumberingPlan.Number(random.Next(2) == 0 ? "336" : "44", random);
        var cld = NumberingPlan.Number(prefix, random);

        var call = new Call
        {
            Id = ++_call,
            SipCallId = string.Create(CultureInfo.InvariantCulture, $"{random.NextInt64():x16}{_call:x}@{account.RemoteIp}"),
            Cli = cli,
            Cld = cld,
            ParentId = OneIn(50) ? _call - random.Next(1, 20) : null,
        };
        var cdr = NewCdr(call, account, outcome, prefix, end);
        cdr.Cli = OneIn(60) ? OddNumbers.Caller(random) : OddNumbers.Dressed(cli, random);
        cdr.Cld = OneIn(500) ? OddNumbers.Callee(random) : OddNumbers.Dressed(cld, random);
        call.SetupTime = (cdr.ConnectTime ?? end).AddMilliseconds(-random.Next(20, 8_000));
        call.Cdrs.Add(cdr);

        // A forwarded call has a leg for the account that forwards it.
        if (OneIn(40))
        {
            var leg = NewCdr(call, subscribers.ByTraffic.Next(random), outcome, prefix, end);
            leg.Cli = cdr.Cli;
            leg.Cld = cdr.Cld;
            call.Cdrs.Add(leg);
        }
        if (!outcome.RefusedBySwitch && OneIn(10))
            AddAttempts(call, cdr);
        if (OneIn(10))
            AddCharges(call, cdr, account.Customer);
        if (OneIn(300))
            (call.SipCallId, call.Cli, call.Cld, call.SetupTime) = (OneIn(2) ? null : call.SipCallId, null, OneIn(2) ? null : cld, OneIn(2) ? null : call.SetupTime);
        return call;
    }

    private Cdr NewCdr(Call call, Account account, Outcome outcome, string prefix, DateTime end)
    {
        var duration = outcome.Answered ? CallLength(account) : 0;
        // Mostly whole seconds; newer releases keep fractions.
        var connect = end.AddTicks(-(long)(duration * 1_000_000) * TimeSpan.TicksPerMicrosecond);
        if (!OneIn(12))
            connect = new DateTime(connect.Ticks / TimeSpan.TicksPerSecond * TimeSpan.TicksPerSecond, DateTimeKind.Utc);

        var price = 0.0035 * (1 + prefix.Sum(digit => digit - '0') * prefix.Length % 37);
        var billed = Billed(duration, account.Interval1, account.IntervalN);
        var cdr = new Cdr
        {
            Id = ++_cdr,
            CallId = call.Id,
            AccountId = account.Id,
            Result = outcome.Result,
            Duration = duration,
            BilledDuration = billed,
            Cost = outcome.Answered && OneIn(400) ? OddCosts[random.Next(OddCosts.Length)] : price / 60 * billed,
            Delay = random.Next(0, 9_000) / 1000d,
            ConnectTime = connect,
            DisconnectTime = connect.AddTicks((long)(duration * 1_000_000) * TimeSpan.TicksPerMicrosecond),
            Prefix = Rejected(outcome) ?? prefix,
            Price1 = price,
            PriceN = price,
            Interval1 = account.Interval1,
            IntervalN = account.IntervalN,
            RemoteIp = account.RemoteIp,
            UserAgent = account.UserAgent,
            Pdd1xx = outcome.RefusedBySwitch ? null : OneIn(30) ? 0 : Math.Round(0.3 + 4 * random.NextDouble() * random.NextDouble(), 6),
            Protocol = account.Protocol,
            ReleaseSource = outcome.RefusedBySwitch ? "switch" : ReleaseSources[random.Next(ReleaseSources.Length)],
        };
        if (OneIn(50))
            Enrich(cdr, prefix);
        if (OneIn(80))
            Blanks[_blank++ % Blanks.Length](cdr);
        return cdr;
    }

    // Log-normal, as call lengths are, with a few calls of hours.
    private double CallLength(Account account)
    {
        var normal = Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
        var seconds = OneIn(400) ? random.Next(3_600, 6 * 3_600) + random.NextDouble() : account.CallLength * Math.Exp(normal * 0.9);
        return Math.Round(Math.Clamp(seconds, 0.05, 6 * 3_600), OneIn(5) ? 6 : 2);
    }

    private static double Billed(double duration, int interval1, int intervalN) =>
        duration <= 0 ? 0 : interval1 + Math.Ceiling(Math.Max(0, duration - interval1) / intervalN) * intervalN;

    /// <summary>The word that stands in prefix when the call was refused before it was rated.</summary>
    private string? Rejected(Outcome outcome) => outcome.Result switch
    {
        -1 => "external_translation_error",
        -24 or -21 when OneIn(2) => "",
        -2 or -5 or -6 or -28 or -37 when OneIn(2) => "rejected",
        _ => null,
    };

    private void Enrich(Cdr cdr, string prefix)
    {
        cdr.ConnectFee = 0.01;
        cdr.PostCallSurcharge = 0.05;
        cdr.FreeSeconds = random.Next(60);
        cdr.GracePeriod = 3;
        cdr.PlanDuration = Math.Round(random.NextDouble() * 60, 3);
        cdr.AccessibilityCost = 0.0001;
        cdr.LrnCld = NumberingPlan.Number(prefix, random);
        cdr.LrnCldIn = "+" + cdr.LrnCld;
        cdr.AreaName = "Area \"" + prefix + "\"";
        cdr.PAssertedId = "<sip:+33199000042@198.51.100.20>";
        cdr.RemotePartyId = "\"Zoë, O'Neil\" <sip:+447700900042@192.0.2.8>;party=calling";
    }

    private void AddAttempts(Call call, Cdr cdr)
    {
        // Vendors that fail are tried in turn until one answers, or none is left.
        for (var failed = random.Next(3); failed > 0; failed--)
            call.Attempts.Add(Attempt(call, 0, 503, call.SetupTime, call.SetupTime));
        call.Attempts.Add(Attempt(call, (cdr.Cost ?? 0) * 0.8, cdr.Result, cdr.ConnectTime, cdr.DisconnectTime));
    }

    private VendorAttempt Attempt(Call call, double cost, long result, DateTime? connect, DateTime? disconnect)
    {
        var vendor = random.Next(Vendors.Length);
        return new(++_attempt, call.Id, vendor + 1, call.Cli, call.Cld, cost, result, call.SetupTime, connect, disconnect,
            OneIn(9) ? null : Math.Round(random.NextDouble(), 3), Vendors[vendor]);
    }

    private void AddCharges(Call call, Cdr cdr, Customer customer)
    {
        var cost = cdr.Cost;
        for (var level = customer; level is not null; level = level.Wholesaler)
            call.Charges.Add(new(++_charge, cdr.Id, call.Id, level.Id, level.Wholesaler?.Id, cost *= 0.9));
    }

    private bool OneIn(int chances) => random.Next(chances) == 0;
}
