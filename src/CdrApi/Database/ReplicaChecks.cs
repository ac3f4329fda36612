using System.Net.Sockets;
using Npgsql;

namespace CdrApi.Database;

/// <summary>
/// Runs every check on each replica: with the first contact, after it was away, and every few seconds while it serves. The service answers as
/// soon as one replica passes; that all of them fail ends a start with one message each and exit code 1.
/// </summary>
internal sealed partial class ReplicaChecks(
    Replicas replicas,
    IEnumerable<IReplicaCheck> checks,
    IHostApplicationLifetime lifetime,
    TimeProvider time,
    ILogger<ReplicaChecks> logger) : BackgroundLoop(lifetime)
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan LongestOfAll = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan WhileAway = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan WhileFailing = TimeSpan.FromSeconds(1);

    /// <summary>However many requests ask for it: the checks are queries too.</summary>
    private static readonly TimeSpan LeastPause = TimeSpan.FromMilliseconds(100);

    private readonly Latch _passing = new(time);
    private TaskCompletionSource _wanted = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Whether a replica has passed since the process began.</summary>
    public bool HavePassed => _passing.IsSet;

    /// <summary>Whether the start ended because no replica passes.</summary>
    public bool HaveFailed { get; private set; }

    /// <summary>Whether one passes in time.</summary>
    public Task<bool> PassWithinAsync(TimeSpan limit, CancellationToken cancellation) => _passing.SetWithinAsync(limit, cancellation);

    /// <summary>Checks all of them again at once: a query has met something that the checks did not know.</summary>
    public void RunSoon() => Interlocked.Exchange(ref _wanted, new(TaskCreationOptions.RunContinuationsAsynchronously)).TrySetResult();

    protected override Task RunAsync(CancellationToken stopping) =>
        FirstToEndAsync(replicas.All.Select(replica => WatchAsync(replica, stopping)));

    private async Task WatchAsync(Replica replica, CancellationToken stopping)
    {
        // No fault there has been yet: also that there is none is said once.
        string? said = "";
        var hasPassed = false;
        // In which contact all checks were passed; in another one all are owed.
        int? passedIn = null;
        while (true)
        {
            var wanted = _wanted.Task;
            var contact = replica.Contact;
            var isFirst = passedIn != contact;
            var (result, fault) = await CheckAsync(replica, isFirst, hasPassed, stopping);
            hasPassed |= result == ReplicaCheckResult.Passed;
            passedIn = result == ReplicaCheckResult.Passed ? contact : passedIn;
            if (result is { } known)
            {
                replica.SetCheckResult(known, contact);
            }

            // Said once a cause, not with each check.
            if (fault != said && (result is not null || isFirst))
            {
                said = fault;
                Say(replica, fault, result is null);
            }

            if (result == ReplicaCheckResult.Passed)
            {
                _passing.Set();
            }
            else if (!HavePassed && replicas.All.All(r => r.CheckResult == ReplicaCheckResult.Refused))
            {
                HaveFailed = true;
                StopApplication();
                return;
            }

            await Task.Delay(LeastPause, time, stopping);
            var pause = isFirst && result is null ? WhileAway
                : !isFirst && replica.CheckResult is (ReplicaCheckResult.Failing or ReplicaCheckResult.Impaired) ? WhileFailing
                : Interval;
            await wanted.WaitAsync(pause, time, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>The result, null where none could be had, and what is wrong.</summary>
    private async Task<(ReplicaCheckResult? Result, string? Fault)> CheckAsync(
        Replica replica, bool isFirst, bool hasPassed, CancellationToken stopping)
    {
        var failed = hasPassed ? ReplicaCheckResult.Failing : ReplicaCheckResult.Refused;
        while (true)
        {
            try
            {
                await (isFirst ? RunAllAsync(replica, stopping) : RunRepeatedAsync(replica, stopping));
                return (ReplicaCheckResult.Passed, null);
            }
            catch (ReplicaCheckException e)
            {
                return (e.CanServe && hasPassed ? ReplicaCheckResult.Impaired : failed, e.Message);
            }
            catch (PostgresException e) when (SqlErrors.IsStalePlan(e))
            {
                // Each connection finds out once.
            }
            catch (PostgresException e) when (!SqlErrors.IsRetryable(e) && !SqlErrors.IsQueryTimeout(e) && e.SqlState != PostgresErrorCodes.LockNotAvailable)
            {
                return (failed, Explain(e));
            }
            catch (Exception e) when (e is NpgsqlException or SocketException or PromotedException
                || (e is OperationCanceledException && !stopping.IsCancellationRequested))
            {
                // It says nothing of what the checks look at; the monitor takes it out of the rotation.
                return (null, isFirst ? e.Message : null);
            }
            catch (Exception e) when (!stopping.IsCancellationRequested)
            {
                // A pass file that cannot be read, for instance.
                return (failed, e.Message);
            }
        }
    }

    private async Task RunAllAsync(Replica replica, CancellationToken stopping)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        limit.CancelAfter(LongestOfAll);
        await using var open = await replica.OpenAsync(turn: null, limit.Token);
        foreach (var check in checks)
        {
            await check.RunAsync(open.Connection, limit.Token);
        }

        open.Complete();
    }

    /// <summary>By the monitor's connection, so that no request waits for one, and soon out of its way.</summary>
    private async Task RunRepeatedAsync(Replica replica, CancellationToken stopping)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        limit.CancelAfter(Longest);
        await using var connection = await replica.Monitor.OpenConnectionAsync(limit.Token);
        foreach (var check in checks.Where(check => check.IsRepeated))
        {
            await check.RunAsync(connection, limit.Token);
        }

        replica.EnsureNotPromoted(connection);
    }

    private void Say(Replica replica, string? fault, bool isAway)
    {
        if (fault is null)
        {
            Log.Passed(logger, replica.Name);
        }
        else if (isAway)
        {
            Log.Waiting(logger, replica.Name, fault);
        }
        else
        {
            var level = HavePassed || replicas.All.Count > 1 ? LogLevel.Warning : LogLevel.Critical;
            Log.Failed(logger, level, replica.Name, fault);
        }
    }

    private static string Explain(PostgresException e) => e.SqlState switch
    {
        "28P01" or "28000" => $"{e.MessageText}. Check Username and Password (or Passfile) in Database:ConnectionString, "
            + "and pg_hba.conf on the standby.",
        "3D000" => $"{e.MessageText}. Check Database in Database:ConnectionString.",
        _ => $"{e.MessageText} (SQLSTATE {e.SqlState}).",
    };

    private static partial class Log
    {
        [LoggerMessage(LogLevel.Information, "Start-up checks passed on {Replica}")]
        public static partial void Passed(ILogger logger, string replica);

        [LoggerMessage(LogLevel.Warning, "Waiting for {Replica}: {Cause}")]
        public static partial void Waiting(ILogger logger, string replica, string cause);

        [LoggerMessage("Start-up check failed on {Replica}: {Fault}")]
        public static partial void Failed(ILogger logger, LogLevel level, string replica, string fault);
    }
}
