using System.Runtime.InteropServices;

namespace CdrSandbox;

/// <summary>Ctrl-C, SIGTERM or a closed terminal, as a token: the process ends when all that it started has.</summary>
internal sealed class StopSignal : IDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly PosixSignalRegistration[] _registrations;

    public StopSignal() => _registrations =
    [
        .. new[] { PosixSignal.SIGINT, PosixSignal.SIGTERM, PosixSignal.SIGHUP, PosixSignal.SIGQUIT }
            .Select(signal => PosixSignalRegistration.Create(signal, context =>
            {
                context.Cancel = true;
                _stop.Cancel();
            })),
    ];

    public CancellationToken Token => _stop.Token;

    public async Task WaitAsync()
    {
        var stopped = new TaskCompletionSource();
        await using var registration = Token.Register(stopped.SetResult);
        await stopped.Task;
    }

    public void Dispose()
    {
        foreach (var registration in _registrations)
            registration.Dispose();
        _stop.Dispose();
    }
}
