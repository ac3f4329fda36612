using System.Globalization;

namespace CdrSandbox;

/// <summary>A bar that grows in place on a terminal, a line for each tenth elsewhere.</summary>
internal sealed class ProgressBar(TextWriter log, string what, long total) : IDisposable
{
    private const int Width = 40;
    private readonly bool _terminal = ReferenceEquals(log, Console.Error) && !Console.IsErrorRedirected;
    private readonly long _started = TimeProvider.System.GetTimestamp();
    private long _next;
    private int _shown = -1;

    public void Report(long done)
    {
        if (done < _next && done < total)
            return;
        _next = done + Math.Max(1, total / 200);

        var percent = (int)(done * 100 / Math.Max(1, total));
        if (_terminal)
        {
            var full = percent * Width / 100;
            log.Write(string.Create(CultureInfo.InvariantCulture,
                $"\r{what} [{new string('#', full)}{new string('.', Width - full)}] {percent,3} %  {done:N0} of {total:N0}"));
        }
        else if (percent / 10 > _shown)
        {
            _shown = percent / 10;
            if (percent > 0)
                log.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{what} {percent} %"));
        }
    }

    public void Dispose()
    {
        if (_terminal)
            log.WriteLine();
        log.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{what}: {TimeProvider.System.GetElapsedTime(_started).TotalSeconds:F1} s"));
    }
}
