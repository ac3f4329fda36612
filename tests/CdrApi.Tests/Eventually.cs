using System.Runtime.CompilerServices;

namespace CdrApi.Tests;

/// <summary>Waits for a condition, never for a time.</summary>
internal static class Eventually
{
    private static readonly TimeSpan Usual = TimeSpan.FromSeconds(30);

    public static async Task BecomesTrueAsync(
        Func<Task<bool>> condition, TimeSpan? within = null, [CallerArgumentExpression(nameof(condition))] string what = "")
    {
        var started = TimeProvider.System.GetTimestamp();
        while (!await condition())
        {
            TimeProvider.System.GetElapsedTime(started).Should().BeLessThan(within ?? Usual, "it should have become true: {0}", what);
            await Task.Delay(TimeSpan.FromMilliseconds(20));
        }
    }
}
