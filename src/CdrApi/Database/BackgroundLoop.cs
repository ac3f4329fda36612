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
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
        }
    }

    protected abstract Task RunAsync(CancellationToken stopping);

    protected void StopApplication() => lifetime.StopApplication();
}
