namespace CdrSandbox.Sippy;

/// <summary>A row of calls, with the rows of other tables that tell of the same call.</summary>
internal sealed class Call
{
    public required long Id { get; init; }
    public string? SipCallId { get; set; }
    public string? Cli { get; set; }
    public string? Cld { get; set; }
    public DateTime? SetupTime { get; set; }
    public long? ParentId { get; set; }

    public List<Cdr> Cdrs { get; } = new(1);
    public List<VendorAttempt> Attempts { get; } = new(0);
    public List<CustomerCharge> Charges { get; } = new(0);
}
