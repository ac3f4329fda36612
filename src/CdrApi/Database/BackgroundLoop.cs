namespace CdrApi.Database;

/// <summary>
/// Work in the background from when the server listens until it stops. Earlier, its failure would end a start-up
/// halfway; and to be cancelled is its normal end, not a failure.
/// </summary>
internal abstract class BackgroundLoop(IHostApplicationLifetime lifetime) : BackgroundService
{
    protected sealed override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // On a thread of its own, not within the host's callback, which the other loops wait for.
        var listening = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var registration = lifetime.ApplicationStarted.Register(listening.SetResult);
        try
        {
            await listening.Task.WaitAsync(stoppingToken);
            await RunAsync(stoppingToken);
        }
        catch (Exception) when (stoppingToken.IsCancellationRequested)
        {
            // Cancelled; or what it was at ended in another way at the same time.
        }
    }

    protected abstract Task RunAsync(CancellationToken stopping);

    /// <summary>Loops side by side: that one of them fails is a failure of all.</summary>
    protected static async Task FirstToEndAsync(IEnumerable<Task> loops) => await await Task.WhenAny(loops);

    protected void StopApplication() => lifetime.StopApplication();
}
