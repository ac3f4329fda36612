using CdrApi.Cdrs.Formats;

namespace CdrApi.Cdrs;

internal static class CdrStream
{
    /// <summary>
    /// Sends the rows of a walk whose first slice has been read: one slice while the next one is read. The buffers
    /// are given back in any case.
    /// </summary>
    public static async Task SendAsync(CdrWalk walk, SliceBuffer first, Stream body, bool hasLeadingComma, CancellationToken cancellation)
    {
        var sending = first;
        var reading = new SliceBuffer();
        Task? next = null;
        try
        {
            var skip = hasLeadingComma && walk.Count > 0 ? 1 : 0;
            while (true)
            {
                walk.HandOn();
                next = walk.Complete ? null : walk.ReadAsync(reading, cancellation);
                await sending.SendAsync(body, skip, cancellation);
                skip = 0;
                if (next is null)
                {
                    return;
                }

                // What was compressed must not wait for the next slice.
                await body.FlushAsync(cancellation);
                await next;
                sending.Clear();
                (sending, reading) = (reading, sending);
            }
        }
        finally
        {
            if (next is not null)
            {
                // Its connection must be back before its buffer is.
                await next.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }

            sending.Dispose();
            reading.Dispose();
        }
    }
}
