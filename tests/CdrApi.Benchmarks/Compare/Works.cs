namespace CdrApi.Benchmarks.Compare;

/// <summary>What the contenders do.</summary>
/// <param name="Name">In files.</param>
/// <param name="Title">To read.</param>
internal sealed record Work(string Name, string Title);

/// <summary>The names in <see cref="Measurement.Work"/>.</summary>
internal static class Works
{
    public static readonly Work List100k = new("list-100k", "100,000 CDRs of all accounts");
    public static readonly Work List100kOfOne = new("list-100k-account", "100,000 CDRs of one account");
    public static readonly Work List1M = new("list-1m", "1,000,000 CDRs of all accounts");
    public static readonly Work List1MOfOne = new("list-1m-account", "1,000,000 CDRs of one account");
    public static readonly Work Page1 = new("page-1-connection", "Page of 100 of a random account, 1 connection");
    public static readonly Work Page8 = new("page-8-connections", "Page of 100 of a random account, 8 connections");
    public static readonly Work Page32 = new("page-32-connections", "Page of 100 of a random account, 32 connections");
    public static readonly Work FirstPage = new("first-page", "Page 1 of all CDRs, 100 a page");
    public static readonly Work DeepPage = new("deep-page", "Page 5,000 of all CDRs, 100 a page");
    public static readonly Work Statistics = new("statistics", "Statistics by day over all CDRs");
    public static readonly Work Downloads = new("downloads", "8 downloads of 100,000 CDRs at once");
    public static readonly Work PagesBetween = new("pages-between", "Pages of 100 meanwhile, 1 connection");
    public static readonly Work Start = new("start", "Process start to first answer");

    /// <summary>A page of 100 of a random account, 1 connection, on a table of that many CDRs.</summary>
    public static Work PageAt(int rows) => new($"page-at-{rows}", $"Page of 100 of a random account, {rows:N0} CDRs in the table");

    /// <summary>100,000 CDRs of all accounts, on a table of that many CDRs.</summary>
    public static Work ListAt(int rows) => new($"list-at-{rows}", $"100,000 CDRs, {rows:N0} CDRs in the table");
}

/// <summary>The names in <see cref="Measurement.Contender"/>.</summary>
internal static class ContenderNames
{
    public const string Ours = "CdrApi";

    /// <summary>Lists: psql, COPY … (FORMAT binary). Pages: pgbench, the same statement prepared. Statistics: psql, the same question.</summary>
    public const string Floor = "PostgreSQL alone";

    public const string JsonAgg = "json_agg in SQL";
    public const string Fastify = "Fastify, buffered";
    public const string FastifyStream = "Fastify, pg-query-stream";
    public const string Dapper = "ASP.NET Core, Dapper";
    public const string XmlRpc = "XML-RPC";

    public static IReadOnlyList<string> All { get; } = [Ours, Floor, JsonAgg, Dapper, Fastify, FastifyStream, XmlRpc];
}
