namespace CdrSandbox.Sippy;

/// <summary>A row of accounts, and how its calls look.</summary>
internal sealed record Account(long Id, string Username, Customer Customer)
{
    public required string RemoteIp { get; init; }
    public required string UserAgent { get; init; }
    public required short Protocol { get; init; }

    /// <summary>Typical length of its calls, in seconds.</summary>
    public required double CallLength { get; init; }

    public required int Interval1 { get; init; }
    public required int IntervalN { get; init; }
}
