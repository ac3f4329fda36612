using CdrSandbox;

namespace CdrApi.Benchmarks;

internal static class RowCount
{
    /// <summary>A fast answer that lacks rows would be no answer.</summary>
    public static async Task CheckAsync(Curl curl, Psql psql, int limit, CancellationToken cancellation)
    {
        var rows = await curl.CountRowsAsync(limit, cancellation);
        var expected = await psql.CountRowsAsync(limit, cancellation);
        if (rows != expected)
            throw new SandboxException($"The API answered {rows:N0} rows where SQL says {expected:N0}.");
    }
}
