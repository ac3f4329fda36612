using Microsoft.Extensions.Options;

namespace CdrApi.Database;

/// <summary>Asks again after a conflict, a restart or a lost connection, with growing pauses, within a budget.</summary>
internal sealed partial class Retry(
    IOptions<DatabaseOptions> options, ReplicaChecks checks, ReadMetrics metrics, TimeProvider time, ILogger<Retry> logger)
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(1);

    /// <param name="terms">Of the read: whose it is, and whether the client has a part of the answer already, so that there is more to lose.</param>
    /// <param name="read">Forgets what a try before it has left behind, and reads.</param>
    /// <param name="cancellation">Ends the pauses too.</param>
    /// <exception cref="CredentialEndedException">Nothing that was read is for the caller any more.</exception>
    public async Task<T> RunAsync<T>(ReadTerms terms, Func<Task<T>> read, CancellationToken cancellation)
    {
        var answer = await TryAsync(terms.HasBegun, read, cancellation);
        // After the read, which may have waited for its turn: what was written since the credential ended is in no answer.
        return await TryAsync(terms.HasBegun, () => terms.Credential.HoldsAsync().AsTask(), cancellation) ? answer : throw new CredentialEndedException();
    }

    private async Task<T> TryAsync<T>(bool hasBegun, Func<Task<T>> read, CancellationToken cancellation)
    {
        var budget = hasBegun ? options.Value.RetryBudget : options.Value.ConnectTimeout;
        var started = time.GetTimestamp();
        var pause = FirstPause;
        while (true)
        {
            try
            {
                return await read();
            }
            catch (Exception e) when ((SqlErrors.IsRetryable(e) ? hasBegun || !SqlErrors.HasWaited(e) : hasBegun && e is CredentialUnknownException)
                && time.GetElapsedTime(started) + pause < budget)
            {
                metrics.AskedAgain(SqlErrors.Cause(e));
                if (SqlErrors.IsStalePlan(e))
                {
                    continue;
                }

                if (pause == FirstPause)
                {
                    Log.AskingAgain(logger, SqlErrors.Cause(e));
                }
            }
            catch (Exception e) when (SqlErrors.IsOfSource(e))
            {
                checks.RunSoon();
                throw;
            }

            await Task.Delay(pause, time, cancellation);
            pause = TimeSpan.FromTicks(Math.Min(pause.Ticks * 2, LongestPause.Ticks));
        }
    }

    private static partial class Log
    {
        [LoggerMessage(LogLevel.Warning, "A query failed and is asked again ({Cause})")]
        public static partial void AskingAgain(ILogger logger, string cause);
    }
}
