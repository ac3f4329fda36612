using Microsoft.Extensions.Options;

namespace CdrApi.Database;

/// <summary>Asks again after a conflict, a restart or a lost connection, with growing pauses, within a budget.</summary>
internal sealed partial class Retry(IOptions<DatabaseOptions> options, ReadMetrics metrics, TimeProvider time, ILogger<Retry> logger)
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(1);

    /// <param name="firstByteSent">Whether the client has a part of the answer already: then there is more to lose, and more time.</param>
    /// <param name="read">Forgets what a try before it has left behind, and reads.</param>
    /// <param name="cancellation">Ends the pauses too.</param>
    public async Task<T> RunAsync<T>(bool firstByteSent, Func<Task<T>> read, CancellationToken cancellation)
    {
        var budget = firstByteSent ? options.Value.RetryBudget : options.Value.ConnectTimeout;
        var started = time.GetTimestamp();
        for (var pause = FirstPause; ; pause = TimeSpan.FromTicks(Math.Min(pause.Ticks * 2, LongestPause.Ticks)))
        {
            try
            {
                return await read();
            }
            catch (Exception e) when (SqlErrors.IsRetryable(e) && (firstByteSent || !SqlErrors.HasWaited(e))
                && time.GetElapsedTime(started) + pause < budget)
            {
                metrics.AskedAgain(SqlErrors.Cause(e));
                if (pause == FirstPause)
                {
                    Log.AskingAgain(logger, SqlErrors.Cause(e));
                }
            }

            await Task.Delay(pause, time, cancellation);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(LogLevel.Warning, "A query failed and is asked again ({Cause})")]
        public static partial void AskingAgain(ILogger logger, string cause);
    }
}
