namespace CdrApi.Replication;

/// <summary><c>CdrApi health</c>: asks the instance with the same settings whether it is alive (/health/live), where there is no curl, as in a container.</summary>
internal static class HealthCommand
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    /// <summary>0 when it is, else 1 and why.</summary>
    public static async Task<int> RunAsync(IConfiguration configuration)
    {
        var address = BindingAddress.Parse(configuration["Urls"]!.Split(';')[0]);
        // It listens on all addresses, or on one of this machine's.
        var host = address.Host is "0.0.0.0" or "[::]" or "*" or "+" ? "127.0.0.1" : address.Host;
        using var http = new HttpClient { Timeout = Patience };
        try
        {
            using var answer = await http.GetAsync(new Uri($"http://{host}:{address.Port}/health/live"));
            Console.WriteLine($"{host}:{address.Port} answers {(int)answer.StatusCode}.");
            return answer.IsSuccessStatusCode ? 0 : 1;
        }
        catch (Exception e) when (e is HttpRequestException or TaskCanceledException)
        {
            Console.WriteLine($"{host}:{address.Port} does not answer: {e.Message}");
            return 1;
        }
    }
}
