using Npgsql;

namespace CdrApi.Database;

/// <summary>
/// Waits for a standby, for as long as it takes, then runs every check once. A check that fails ends the
/// process with one message and exit code 1; readiness stays 503 until all have passed.
/// </summary>
internal sealed partial class StartupChecks(
    Replicas replicas,
    IEnumerable<IStartupCheck> checks,
    IHostApplicationLifetime lifetime,
    TimeProvider time,
    ILogger<StartupChecks> logger) : BackgroundLoop(lifetime)
{
    private static readonly TimeSpan RetryDelay = TimeSpan.FromMilliseconds(500);
    private readonly TaskCompletionSource _passing = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public bool Passed => _passing.Task.IsCompleted;

    public bool Failed { get; private set; }

    /// <summary>Whether they pass in time.</summary>
    public async Task<bool> PassWithinAsync(TimeSpan limit, CancellationToken cancellation)
    {
        if (!Passed)
        {
            await _passing.Task.WaitAsync(limit, time, cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        return Passed;
    }

    protected override async Task RunAsync(CancellationToken stopping)
    {
        var said = "";
        while (!stopping.IsCancellationRequested)
        {
            foreach (var replica in replicas.All)
            {
                try
                {
                    await using var open = await replica.OpenAsync(turn: null, stopping);
                    foreach (var check in checks)
                    {
                        await check.RunAsync(open.Connection, stopping);
                    }

                    _passing.TrySetResult();
                    Log.Passed(logger, replica.Name);
                    return;
                }
                catch (StartupCheckException e)
                {
                    Fail(replica.Name, e.Message);
                    return;
                }
                catch (PostgresException e) when (!SqlErrors.IsRetryable(e) && e.SqlState != PostgresErrorCodes.TooManyConnections)
                {
                    Fail(replica.Name, Explain(e));
                    return;
                }
                catch (Exception e) when (e is NpgsqlException or System.Net.Sockets.SocketException)
                {
                    // Said once a cause, not twice a second.
                    if (said != e.Message)
                    {
                        said = e.Message;
                        Log.Waiting(logger, replica.Name, e.Message);
                    }
                }
                catch (Exception e) when (!stopping.IsCancellationRequested)
                {
                    // A pass file that cannot be read, for instance.
                    Fail(replica.Name, e.Message);
                    return;
                }
            }

            await Task.Delay(RetryDelay, time, stopping);
        }
    }

    private static string Explain(PostgresException e) => e.SqlState switch
    {
        "28P01" or "28000" => $"{e.MessageText}. Check Username and Password (or Passfile) in Database:ConnectionString, "
            + "and pg_hba.conf on the standby.",
        "3D000" => $"{e.MessageText}. Check Database in Database:ConnectionString.",
        _ => $"{e.MessageText} (SQLSTATE {e.SqlState}).",
    };

    private void Fail(string replica, string message)
    {
        Failed = true;
        Log.Failed(logger, replica, message);
        StopApplication();
    }

    private static partial class Log
    {
        [LoggerMessage(LogLevel.Information, "Start-up checks passed on {Replica}")]
        public static partial void Passed(ILogger logger, string replica);

        [LoggerMessage(LogLevel.Warning, "Waiting for {Replica}: {Cause}")]
        public static partial void Waiting(ILogger logger, string replica, string cause);

        [LoggerMessage(LogLevel.Critical, "Start-up check failed on {Replica}: {Fault}")]
        public static partial void Failed(ILogger logger, string replica, string fault);
    }
}
