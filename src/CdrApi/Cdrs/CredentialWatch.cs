using CdrApi.Database;

namespace CdrApi.Cdrs;

/// <summary>
/// Asks a credential again, every second, while an answer is sent: a client that reads slowly is at rows that were read long ago, and would get
/// all of them. Answers that take less than a second cost it nothing.
/// </summary>
internal sealed class CredentialWatch : IAsyncDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);
    private readonly ICredential _credential;
    private readonly Action _abort;
    private readonly ITimer _timer;
    private readonly Lock _ending = new();
    private int _asking;
    private bool _isOver;

    /// <param name="credential">Whose answer it is.</param>
    /// <param name="abort">Ends the connection.</param>
    /// <param name="time">Measures the seconds.</param>
    public CredentialWatch(ICredential credential, Action abort, TimeProvider time)
    {
        (_credential, _abort) = (credential, abort);
        _timer = time.CreateTimer(_ => _ = AskAsync(), null, Interval, Interval);
    }

    public bool HasEnded { get; private set; }

    /// <exception cref="CredentialEndedException">It has ended meanwhile.</exception>
    public void EnsureHolds()
    {
        lock (_ending)
        {
            // From here on the answer is complete, and nothing of it is aborted.
            _isOver = true;
            if (HasEnded)
            {
                throw new CredentialEndedException();
            }
        }
    }

    public ValueTask DisposeAsync()
    {
        lock (_ending)
        {
            // By then the connection may be at another request.
            _isOver = true;
        }

        return _timer.DisposeAsync();
    }

    private async Task AskAsync()
    {
        if (Interlocked.Exchange(ref _asking, 1) == 1)
        {
            return;
        }

        try
        {
            if (!await _credential.HoldsAsync())
            {
                End();
            }
        }
        catch (Exception)
        {
            // It cannot be told. Asked again in a second; the next slice waits for an answer.
        }
        finally
        {
            Volatile.Write(ref _asking, 0);
        }
    }

    private void End()
    {
        lock (_ending)
        {
            if (!_isOver)
            {
                HasEnded = true;
                _abort();
            }
        }
    }
}
