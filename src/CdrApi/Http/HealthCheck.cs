namespace CdrApi.Http;

internal enum HealthStatus
{
    Pass,
    Warn,
    Fail,
}

/// <summary>One check.</summary>
/// <param name="Status">`pass`, `warn` or `fail`.</param>
/// <param name="ObservedValue">What was measured; null when nothing could be.</param>
/// <param name="ObservedUnit">Its unit.</param>
/// <param name="Output">What is wrong; null when nothing is. The operator's log has the names that do not belong into a public answer.</param>
internal sealed record HealthCheck(HealthStatus Status, double? ObservedValue, string ObservedUnit, string? Output);

/// <summary>A part of the service whose health is asked for.</summary>
internal interface IHealthCheck
{
    /// <summary>As it stands in /health.</summary>
    string Name { get; }

    HealthCheck Run();
}

/// <summary>The service's health.</summary>
/// <param name="Status">The worst of the checks: `pass`, `warn` or `fail`.</param>
/// <param name="Checks">Each check by its name: `replica`, `lag`, `clock`, `pool`, `reference_data`, `source`, `configuration`.</param>
internal sealed record HealthReport(HealthStatus Status, IReadOnlyDictionary<string, HealthCheck> Checks)
{
    public static HealthReport Of(IEnumerable<IHealthCheck> checks)
    {
        var results = checks.ToDictionary(check => check.Name, check => check.Run());
        return new HealthReport(results.Values.Max(check => check.Status), results);
    }
}
