using CdrSandbox;
using static System.FormattableString;

namespace CdrApi.Benchmarks.Compare;

/// <summary>Those that answer over HTTP, each a process of its own.</summary>
/// <param name="sandbox">Its standby is asked.</param>
/// <param name="programs">What is started.</param>
/// <param name="depth">Rows before the deep page.</param>
internal sealed class ServerContenders(Sandbox sandbox, Programs programs, int depth)
{
    // Debian's own, which its psycopg2 belongs to.
    private const string Python = "/usr/bin/python3";

    private readonly (string Name, string? Value)[] _database = [("DATABASE_URL", sandbox.Standbys[0].Uri), ("STATS_SQL", AnalystSql.ByDay)];

    public IReadOnlyList<Contender> Describe() =>
    [
        Json(ContenderNames.Fastify, "/cdrs", ["node", programs.Fastify], _database) with { Statistics = url => Curl(url, "/cdrs/stats") },
        Json(ContenderNames.FastifyStream, "/streamed/cdrs", ["node", programs.Fastify], _database),
        XmlRpc(),
        Json(ContenderNames.Dapper, "/cdrs", ["dotnet", Path.Combine(AppContext.BaseDirectory, "CdrApi.Benchmarks.dll"), "dapper-server"],
        [
            ("DATABASE", sandbox.Standbys[0].ConnectionString), ("STATS_SQL", AnalystSql.ByDay),
            // A web project's default, which this project's is not.
            ("DOTNET_gcServer", "1"),
        ]) with { Statistics = url => Curl(url, "/cdrs/stats") },
        Ours(),
    ];

    private Contender Json(string name, string path, string[] command, (string, string?)[] environment) =>
        Server(name, new($"{path}?limit=100&i_account={{account}}"), command, port => [.. environment, ("PORT", port)]) with
        {
            List = (url, rows, account) => Curl(url, Invariant($"{path}?limit={rows}{(account is null ? "" : $"&i_account={account}")}")),
            FirstPage = new(new PageRequest($"{path}?limit=100")),
            DeepPage = new(new PageRequest(Invariant($"{path}?limit=100&offset={depth}"))),
        };

    private Contender XmlRpc() =>
        Server(ContenderNames.XmlRpc, XmlRpcCall("getAccountCDRs", "i_account", "{account}", 0), [Python, Programs.XmlRpc("server.py")], port => [.. _database, ("PORT", port)]) with
        {
            List = (url, rows, account) => [Python, Programs.XmlRpc("client.py"), $"{url}RPC2", Invariant($"{rows}"), .. account is null ? Array.Empty<string>() : [Invariant($"{account}")]],
            RowMark = null,
            FirstPage = new(XmlRpcCall("getCustomerCDRs", "i_customer", "1", 0)),
            DeepPage = new(XmlRpcCall("getCustomerCDRs", "i_customer", "1", depth)),
        };

    private Contender Ours()
    {
        var key = $"X-API-Key: {sandbox.ApiKey}";
        return Server(ContenderNames.Ours, new("/accounts/{account}/cdrs?limit=100&type=all", ApiKey: sandbox.ApiKey), [programs.Api],
            port => [.. sandbox.ApiSettings.Select(s => (s.Key, s.Value)), ("Urls", $"http://127.0.0.1:{port}")]) with
        {
            List = (url, rows, account) => Curl(url, Invariant($"{(account is null ? "" : $"/accounts/{account}")}/cdrs?limit={rows}&type=all"), "-H", key),
            Statistics = url => Curl(url, "/cdrs/stats?type=all&group_by=day", "-H", key),
            FirstPage = new(new PageRequest("/cdrs?limit=100&type=all", ApiKey: sandbox.ApiKey)),
        };
    }

    private Contender Server(string name, PageRequest page, string[] command, Func<string, (string, string?)[]> environment) => new(name)
    {
        StartServer = cancellation => ContenderServer.StartAsync(command, environment, page, sandbox.Account, cancellation),
        AccountPage = new(page),
    };

    // Whoever runs this may have a .curlrc and a proxy.
    private static string[] Curl(Uri url, string path, params string[] more) =>
        ["curl", "-q", "-sS", "--fail", "--noproxy", "*", "-w", "%{stderr}first_byte %{time_starttransfer}\n", .. more, new Uri(url, path).AbsoluteUri];

    private static PageRequest XmlRpcCall(string method, string of, string id, int offset)
    {
        return new("/RPC2", "<?xml version='1.0'?><methodCall><methodName>" + method + "</methodName><params><param><value><struct>"
            + Member(of, id) + Member("offset", Invariant($"{offset}")) + Member("limit", "100") + "</struct></value></param></params></methodCall>");

        static string Member(string name, string value) => $"<member><name>{name}</name><value><int>{value}</int></value></member>";
    }
}
