using CdrApi.Cdrs;
using CdrApi.Cdrs.Formats;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace CdrApi.Tests.Cdrs;

public sealed class AnswerStreamTests
{
    [Fact]
    public async Task A_timer_that_goes_off_late_aborts_nothing_of_what_the_connection_is_at_by_then()
    {
        var (time, request) = (new LateTimers(), new Lifetime());
        var http = new DefaultHttpContext();
        var sending = new SlowBody();
        http.Features.Set<IHttpRequestLifetimeFeature>(request);
        http.Features.Set<IHttpResponseBodyFeature>(new StreamResponseBodyFeature(sending));
        var body = new AnswerStream(http.Response, TimeSpan.FromMinutes(5), time);

        var flushing = body.FlushAsync(CancellationToken.None);
        sending.Finish();
        await flushing;
        time.Now += TimeSpan.FromMinutes(6);
        // The runtime had begun to call it when it was stopped.
        time.GoOff();
        request.Aborted.Should().BeFalse("that write has ended");

        sending.Begin();
        var next = body.FlushAsync(CancellationToken.None);
        time.GoOff();
        request.Aborted.Should().BeFalse("the next one has only begun");
        time.Now += TimeSpan.FromMinutes(5);
        time.GoOff();
        request.Aborted.Should().BeTrue("nothing was taken for five minutes");
        sending.Finish();
        await next;
        await body.DisposeAsync();
        await body.DisposeAsync();
    }

    [Fact]
    public async Task A_buffer_that_is_disposed_of_by_several_returns_each_array_once()
    {
        var buffer = new SliceBuffer();
        buffer.Write(new byte[300_000]);
        Parallel.For(0, 8, _ => buffer.Dispose());

        // An array that was returned twice would be lent twice.
        var others = Enumerable.Range(0, 16).Select(_ => new SliceBuffer()).ToList();
        foreach (var (i, other) in others.Index())
        {
            other.Write([.. Enumerable.Repeat((byte)i, 300_000)]);
        }

        foreach (var (i, other) in others.Index())
        {
            using var sent = new MemoryStream();
            await other.SendAsync(sent, 0, CancellationToken.None);
            sent.ToArray().Should().OnlyContain(b => b == i);
            other.Dispose();
        }
    }

    private sealed class Lifetime : IHttpRequestLifetimeFeature
    {
        public bool Aborted { get; private set; }

        public CancellationToken RequestAborted { get; set; }

        public void Abort() => Aborted = true;
    }

    /// <summary>A client that takes nothing until it is told to.</summary>
    private sealed class SlowBody : MemoryStream
    {
        private TaskCompletionSource _taking = new();

        public void Begin() => _taking = new TaskCompletionSource();

        public void Finish() => _taking.SetResult();

        public override Task FlushAsync(CancellationToken cancellationToken) => _taking.Task;
    }

    /// <summary>Timers that go off when the test says so, also those that were stopped.</summary>
    private sealed class LateTimers : TimeProvider
    {
        private Action _goOff = () => { };

        public TimeSpan Now { get; set; }

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => Now.Ticks;

        public void GoOff() => _goOff();

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            _goOff = () => callback(state);
            return new Stopped();
        }

        private sealed class Stopped : ITimer
        {
            public bool Change(TimeSpan dueTime, TimeSpan period) => true;

            public void Dispose()
            {
            }

            public ValueTask DisposeAsync() => ValueTask.CompletedTask;
        }
    }
}
