using System.Globalization;
using CdrSandbox;

namespace CdrApi.Tests.Deploy;

/// <summary>cdrapi-replica where Debian's tools manage the servers of the machine.</summary>
[Collection(DeployPostgres.Name)]
public sealed class DebianClusterTests(TestSandbox whereThereIsAServer, DeploySandbox deploy)
{
    [Fact]
    public async Task A_cluster_of_Debians_is_made_started_and_removed_in_its_own_places()
    {
        await deploy.StartAsync(whereThereIsAServer);
        Assert.SkipUnless(File.Exists("/usr/bin/pg_ctlcluster"), "Needs pg_ctlcluster: install postgresql-common.");
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "Needs root: Debian's directories are written to.");
        var version = deploy.Sandbox.PgBin!.Split('/')[^2];
        var name = "cdrapi" + Guid.NewGuid().ToString("N")[..8];
        var (config, data) = ($"/etc/postgresql/{version}/{name}", $"/var/lib/postgresql/{version}/{name}");
        var port = FreePort.Next().ToString(CultureInfo.InvariantCulture);
        string[] primary = ["--primary", deploy.Sandbox.Primary.Address.Host, "--primary-port", $"{deploy.Sandbox.Primary.Address.Port}", "--slot", name, "--password-file", "-"];

        try
        {
            var made = await RunAsync(["--cluster", $"{version}/{name}", "--port", port, .. primary]);
            made.ExitCode.Should().Be(0, made.Output);
            (await ClusterAsync()).Should().Contain($"{port} online,recovery postgres {data}");
            File.Exists($"{config}/conf.d/cdrapi.conf").Should().BeTrue();
            File.ReadAllText($"/var/log/postgresql/postgresql-{version}-{name}.log").Should().Contain("started streaming WAL from primary");

            var again = await RunAsync(["--cluster", $"{version}/{name}", "--port", port, .. primary]);
            again.Output.Should().Contain("nothing was changed");

            var removed = await RunAsync(["--cluster", $"{version}/{name}", "--remove", "--drop-slot"]);
            removed.ExitCode.Should().Be(0, removed.Output);
            (await ClusterAsync()).Should().BeEmpty();
            Directory.Exists(config).Should().BeFalse();
            Directory.Exists(data).Should().BeFalse();
        }
        finally
        {
            // Whatever went wrong, the machine is left as it was; a name that random is nobody else's.
            await Script.RunAsync("/usr/bin/pg_dropcluster", ["--stop", version, name]);
            File.Delete($"/var/log/postgresql/postgresql-{version}-{name}.log");
        }

        async Task<string> ClusterAsync() => string.Join('\n', (await Script.RunAsync("/usr/bin/pg_lsclusters", ["--no-header"])).Output.Split('\n')
            .Where(l => l.Contains(name, StringComparison.Ordinal)).Select(l => string.Join(' ', l.Split(' ', StringSplitOptions.RemoveEmptyEntries))));

        Task<ScriptResult> RunAsync(IEnumerable<string> options) =>
            Script.RunAsync(Path.Combine(DeploySandbox.Scripts, "replica/cdrapi-replica"), options, deploy.ReplicatorPassword + "\n");
    }
}
