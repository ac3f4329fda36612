using Npgsql;

namespace CdrSandbox.Sippy;

/// <summary>New calls on the primary at a steady rate, each ending when it is written.</summary>
internal sealed class LiveTraffic : IAsyncDisposable
{
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(200);
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _running;

    public LiveTraffic(NpgsqlDataSource primary, CdrGenerator generator, double callsPerSecond, TimeProvider time) =>
        _running = RunAsync(primary, generator, callsPerSecond, time);

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running;
        _stop.Dispose();
    }

    private async Task RunAsync(NpgsqlDataSource primary, CdrGenerator generator, double callsPerSecond, TimeProvider time)
    {
        using var timer = new PeriodicTimer(Tick, time);
        var last = time.GetTimestamp();
        var due = 0d;
        try
        {
            while (await timer.WaitForNextTickAsync(_stop.Token))
            {
                due += callsPerSecond * time.GetElapsedTime(last).TotalSeconds;
                last = time.GetTimestamp();
                try
                {
                    if (due >= 1)
                        await WriteAsync(primary, [.. Enumerable.Range(0, (int)due).Select(_ => generator.Next(Now(time)))], _stop.Token);
                }
                catch (NpgsqlException)
                {
                    // The primary is away, as a test may want it. These calls are lost, and the next tick tries again.
                }
                due %= 1;
            }
        }
        catch (OperationCanceledException)
        {
            // Asked to stop.
        }
    }

    private static DateTime Now(TimeProvider time)
    {
        var ticks = time.GetUtcNow().Ticks;
        return new DateTime(ticks - ticks % TimeSpan.TicksPerMicrosecond, DateTimeKind.Utc);
    }

    private static async Task WriteAsync(NpgsqlDataSource primary, Call[] calls, CancellationToken cancellationToken)
    {
        await using var connection = await primary.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await CopyAsync(CallTables.CopyCalls, calls, CallTables.Write);
        await CopyAsync(CallTables.CopyCdrs, calls.SelectMany(call => call.Cdrs), CallTables.Write);
        await CopyAsync(CallTables.CopyAttempts, calls.SelectMany(call => call.Attempts), CallTables.Write);
        await CopyAsync(CallTables.CopyCharges, calls.SelectMany(call => call.Charges), CallTables.Write);
        await transaction.CommitAsync(cancellationToken);

        async Task CopyAsync<T>(string copy, IEnumerable<T> items, Action<NpgsqlBinaryImporter, T> write)
        {
            await using var rows = await connection.BeginBinaryImportAsync(copy, cancellationToken);
            foreach (var item in items)
                write(rows, item);
            await rows.CompleteAsync(cancellationToken);
        }
    }
}
