namespace CdrSandbox.Sippy;

/// <summary>A row of cdrs. What is not set here is NULL.</summary>
internal sealed class Cdr
{
    public required long Id { get; init; }
    public required long CallId { get; init; }
    public required long AccountId { get; init; }
    public required long Result { get; init; }
    public double? Cost { get; set; }
    public double? Delay { get; set; }
    public double? Duration { get; set; }
    public double? BilledDuration { get; set; }
    public DateTime? ConnectTime { get; set; }
    public DateTime? DisconnectTime { get; set; }
    public string? Cld { get; set; }
    public string? Cli { get; set; }
    public string? Prefix { get; set; }
    public double? Price1 { get; set; }
    public double? PriceN { get; set; }
    public int? Interval1 { get; set; }
    public int? IntervalN { get; set; }
    public double? PostCallSurcharge { get; set; } = 0;
    public double? ConnectFee { get; set; } = 0;
    public long? FreeSeconds { get; set; } = 0;
    public int? GracePeriod { get; set; } = 0;
    public string? RemoteIp { get; set; }
    public string? UserAgent { get; set; }
    public double? Pdd1xx { get; set; }
    public short? Protocol { get; set; }
    public string? ReleaseSource { get; set; }
    public double? PlanDuration { get; set; } = 0;
    public double? AccessibilityCost { get; set; } = 0;
    public string? LrnCld { get; set; }
    public string? LrnCldIn { get; set; }
    public string? AreaName { get; set; }
    public string? PAssertedId { get; set; }
    public string? RemotePartyId { get; set; }
}
