using System.Runtime.InteropServices;
using CdrSandbox;

namespace CdrApi.Benchmarks.Compare;

/// <summary>What has to be built before it can be started, in a directory that goes with it.</summary>
internal sealed class Programs : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("cdr-compare-").FullName;

    /// <summary>The API as it is deployed: published, with its own runtime, compiled.</summary>
    public string Api => Path.Combine(_directory, "api", "CdrApi");

    public string Fastify => Path.Combine(_directory, "fastify", "server.mjs");

    public static string XmlRpc(string file) => Contender($"xmlrpc/{file}");

    public static string WrkScript => Contender("wrk/pages.lua");

    /// <summary>Before an hour of work, rather than after a part of it.</summary>
    public static void CheckPlace()
    {
        if (!File.Exists("src/CdrApi/CdrApi.csproj"))
            throw new SandboxException("Run it from the repository's root: it publishes src/CdrApi.");
    }

    public static async Task<Programs> BuildAsync(CancellationToken cancellation)
    {
        var programs = new Programs();
        try
        {
            var runtime = $"linux-{RuntimeInformation.ProcessArchitecture.ToString().ToLowerInvariant()}";
            await Command.RunAsync("dotnet",
                ["publish", "src/CdrApi", "-c", "Release", "-r", runtime, "--self-contained", "-o", Path.GetDirectoryName(programs.Api)!], cancellation);
            var fastify = Directory.CreateDirectory(Path.GetDirectoryName(programs.Fastify)!).FullName;
            foreach (var file in Directory.EnumerateFiles(Contender("fastify")))
                File.Copy(file, Path.Combine(fastify, Path.GetFileName(file)));
            await Command.RunAsync("npm", ["ci", "--prefix", fastify], cancellation);
            return programs;
        }
        catch
        {
            programs.Dispose();
            throw;
        }
    }

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    private static string Contender(string path) => Path.Combine(AppContext.BaseDirectory, "contenders", path);
}
