namespace CdrSandbox;

/// <summary>What to do with a sandbox that is ready.</summary>
public static class Welcome
{
    public static string Text(Sandbox sandbox) => $"""

        {Api(sandbox)}
        PostgreSQL
          primary   psql "{sandbox.Primary.Uri}"
        {string.Join('\n', sandbox.Standbys.Select(standby => $"  {standby.Name,-9} psql \"{standby.Uri}\""))}

        Ctrl-C stops everything.
        """;

    private static string Api(Sandbox sandbox) => sandbox.Api is not { } api ? "The database is ready." : $"""
        The API is ready: {api.Url.OriginalString}

          all accounts     {sandbox.ApiKey}
          account {sandbox.Account,-8} {sandbox.AccountKey}

          curl -H "X-API-Key: {sandbox.ApiKey}" "{api.Url.OriginalString}/cdrs?limit=5"
          curl -H "X-API-Key: {sandbox.AccountKey}" "{api.Url.OriginalString}/accounts/{sandbox.Account}/cdrs?type=all&limit=5"
          curl -H "X-API-Key: {sandbox.ApiKey}" -o cdrs.json "{api.Url.OriginalString}/cdrs?type=all&limit=100000"
          curl "{api.Url.OriginalString}/replication-lag"

        Swagger   {api.Url.OriginalString}/swagger
        Log       {api.LogFile}

        """;
}
