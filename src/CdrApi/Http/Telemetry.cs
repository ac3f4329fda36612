namespace CdrApi.Http;

/// <summary>What all of the service's own metrics are found by.</summary>
internal static class Telemetry
{
    public const string Meter = "CdrApi";
}
