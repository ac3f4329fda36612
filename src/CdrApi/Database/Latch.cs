namespace CdrApi.Database;

/// <summary>Something that happens once in the life of the process, and is waited for.</summary>
internal sealed class Latch(TimeProvider time)
{
    private readonly TaskCompletionSource _happening = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public bool IsSet => _happening.Task.IsCompleted;

    public void Set() => _happening.TrySetResult();

    /// <summary>Whether it is set in time.</summary>
    public async Task<bool> SetWithinAsync(TimeSpan limit, CancellationToken cancellation)
    {
        if (!IsSet)
        {
            await _happening.Task.WaitAsync(limit, time, cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        return IsSet;
    }
}
