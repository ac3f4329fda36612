using CdrApi.Database;
using CdrApi.Http;

namespace CdrApi.Security;

/// <summary>Has the configuration file read again, and says for as long as it lasts that the API keys of before hold.</summary>
internal sealed partial class ConfigurationWatch(
    ApiKeys keys, TimeProvider time, IHostApplicationLifetime lifetime, ILogger<ConfigurationWatch> logger, ConfigFile? file = null)
    : BackgroundLoop(lifetime), IHealthCheck
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan SaidAgainAfter = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);
    private Task _reading = Task.CompletedTask;
    private volatile Trouble? _trouble;

    public string Name => "configuration";

    public HealthCheck Run() => _trouble is { } trouble
        ? new HealthCheck(HealthStatus.Warn, Math.Round(time.GetElapsedTime(trouble.Began).TotalSeconds), "s",
            "The configuration cannot be read or used, and the API keys of before hold. The log says why.")
        : new HealthCheck(HealthStatus.Pass, 0, "s", null);

    protected override async Task RunAsync(CancellationToken stopping)
    {
        using var timer = new PeriodicTimer(Interval, time);
        do
        {
            await ReadAgainAsync(stopping);
            Look();
        }
        while (await timer.WaitForNextTickAsync(stopping));
    }

    /// <summary>On another thread: what lies behind a mount may not answer at all.</summary>
    private async Task ReadAgainAsync(CancellationToken stopping)
    {
        if (file is null)
        {
            return;
        }

        if (_reading.IsCompleted)
        {
            _reading = Task.Run(file.ReadAgain, stopping);
        }

        await _reading.WaitAsync(Patience, time, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private void Look()
    {
        var now = time.GetTimestamp();
        var (before, fault) = (_trouble, !_reading.IsCompleted ? "It does not answer." : file?.Fault ?? keys.Fault);
        if (fault is null)
        {
            _trouble = null;
            if (before is not null)
            {
                Log.Mended(logger);
            }
        }
        else if (before is null || before.Fault != fault || time.GetElapsedTime(before.Said) >= SaidAgainAfter)
        {
            _trouble = new Trouble(fault, before?.Began ?? now, now);
            Log.CannotUse(logger, fault);
        }
    }

    private sealed record Trouble(string Fault, long Began, long Said);

    private static partial class Log
    {
        [LoggerMessage(LogLevel.Error, "The configuration cannot be used, so the API keys of before stay: {Fault:l}")]
        public static partial void CannotUse(ILogger logger, string fault);

        [LoggerMessage(LogLevel.Information, "The configuration can be used again")]
        public static partial void Mended(ILogger logger);
    }
}
