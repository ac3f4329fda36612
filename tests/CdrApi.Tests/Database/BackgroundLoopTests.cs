using CdrApi.Database;
using Microsoft.Extensions.Hosting;

namespace CdrApi.Tests.Database;

public sealed class BackgroundLoopTests
{
    [Fact]
    public async Task A_loop_does_not_hold_up_the_host_that_says_it_has_started()
    {
        using var lifetime = new Lifetime();
        using var loop = new Blocking(lifetime);
        await loop.StartAsync(CancellationToken.None);

        // Within this call the host tells everybody; the next one would wait for a loop that begins here.
        await lifetime.StartAsync().WaitAsync(TimeSpan.FromSeconds(30));

        loop.MayEnd.Set();
        await loop.ExecuteTask!.WaitAsync(TimeSpan.FromSeconds(30));
    }

    private sealed class Blocking(IHostApplicationLifetime lifetime) : BackgroundLoop(lifetime)
    {
        public ManualResetEventSlim MayEnd { get; } = new();

        protected override Task RunAsync(CancellationToken stopping)
        {
            MayEnd.Wait(stopping);
            return Task.CompletedTask;
        }

        public override void Dispose()
        {
            MayEnd.Dispose();
            base.Dispose();
        }
    }

    private sealed class Lifetime : IHostApplicationLifetime, IDisposable
    {
        private readonly CancellationTokenSource _started = new();

        public CancellationToken ApplicationStarted => _started.Token;

        public CancellationToken ApplicationStopping => CancellationToken.None;

        public CancellationToken ApplicationStopped => CancellationToken.None;

        public Task StartAsync() => Task.Run(_started.Cancel);

        public void StopApplication()
        {
        }

        public void Dispose() => _started.Dispose();
    }
}
