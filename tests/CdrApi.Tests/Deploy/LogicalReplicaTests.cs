using System.Globalization;
using System.Net;
using CdrSandbox;
using Npgsql;

namespace CdrApi.Tests.Deploy;

/// <summary>The documented alternative: a subscriber of logical replication that the API answers from.</summary>
[Collection(DeployPostgres.Name)]
public sealed class LogicalReplicaTests(TestSandbox whereThereIsAServer, DeploySandbox deploy)
{
    [Fact]
    public async Task The_API_answers_from_a_logical_replica_that_follows_the_primary()
    {
        await deploy.StartAsync(whereThereIsAServer);
        // A cluster of its own, with the roles; what the steps make stands in another database of it.
        await using var other = await Sandbox.StartAsync(new SandboxOptions { Rows = 100, Accounts = 5, Standbys = 0, CallsPerSecond = 0, StartApi = false }, TextWriter.Null);
        var uri = other.Primary.Uri.Replace("/sippy", "/replica", StringComparison.Ordinal);
        await using var system = NpgsqlDataSource.Create(other.Primary.ConnectionString + ";Pooling=false");
        await system.CreateCommand("CREATE DATABASE replica").ExecuteNonQueryAsync();
        await system.CreateCommand($"ALTER ROLE cdr_reader PASSWORD '{deploy.ReaderPassword}'").ExecuteNonQueryAsync();
        await using var replica = NpgsqlDataSource.Create(other.Primary.ConnectionString.Replace("=sippy", "=replica", StringComparison.Ordinal) + ";Pooling=false");
        var passfile = Path.Combine(other.Primary.DataDirectory, "../cdrapi.pgpass");
        var address = deploy.Sandbox.Primary.Address;
        var primary = $"host={address.Host} port={address.Port} user=cdr_replicator dbname=sippy passfile={Path.GetFullPath(passfile)}";
        await File.WriteAllTextAsync(passfile, $"{address.Host}:{address.Port}:*:cdr_replicator:{deploy.EscapedPassword}\n");
        File.SetUnixFileMode(passfile, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        (await Script.RunAsync("chown", ["--reference=" + other.Primary.DataDirectory, passfile])).ExitCode.Should().Be(0);

        await RunAsync("logical/publication.sql", deploy.Sandbox.Primary.Uri);
        var bin = deploy.Sandbox.PgBin!;
        var dump = await Script.RunAsync("bash", ["-c", "set -o pipefail; \"$0\" --schema-only --no-owner --no-privileges -t cdrs -t calls -t destinations -t countries -t protocols -t accounts -t customers "
            + "-d \"$1\" | \"$2\" -X -q -v ON_ERROR_STOP=1 -d \"$3\"", Path.Combine(bin, "pg_dump"), primary, Path.Combine(bin, "psql"), uri]);
        dump.ExitCode.Should().Be(0, dump.Output);
        await RunAsync("primary/roles.sql", uri);
        await RunAsync("primary/indexes.sql", uri);
        await RunAsync("logical/subscription.sql", uri, "-v", $"primary={primary}");
        await RunAsync("logical/subscription.sql", uri, "-v", $"primary={primary}");
        var rows = await deploy.Primary.ScalarAsync<long>("SELECT count(*) FROM cdrs");
        await Eventually.BecomesTrueAsync(async () => await replica.ScalarAsync<long>("SELECT count(*) FROM pg_subscription_rel WHERE srsubstate = 'r'") == 7);

        var settings = new Dictionary<string, string?>
        {
            ["Replica__Kind"] = "logical",
            ["Database__ConnectionString"] = string.Create(CultureInfo.InvariantCulture,
                $"Host={other.Primary.Address.Host}:{other.Primary.Address.Port};Database=replica;Username=cdr_reader;Password={deploy.ReaderPassword}"),
        };
        await using (var api = await deploy.Sandbox.StartApiAsync(settings))
        {
            var caller = new ApiCaller(api.Url, deploy.Sandbox.ApiKey);
            (await caller.GetAsync("/cdrs?type=all&limit=1&include_count=true")).GetProperty("total").GetInt64().Should().Be(rows);
            api.ReadLog().Should().NotContain("lacks an index");

            // UPDATE and DELETE of Sippy's work on, also on destinations, which has no primary key.
            await deploy.ExecuteAsync("UPDATE destinations SET description = description; DELETE FROM destinations WHERE prefix = 'none'");
            var deleted = await deploy.Primary.ScalarAsync<long>("DELETE FROM cdrs WHERE i_cdr = (SELECT max(i_cdr) FROM cdrs) RETURNING i_cdr");
            await Eventually.BecomesTrueAsync(async () => (await caller.SendAsync($"/cdrs/{deleted}")).StatusCode == HttpStatusCode.NotFound);
        }

        await RunAsync("logical/subscription-undo.sql", uri);
        await RunAsync("logical/subscription-undo.sql", uri);
        await RunAsync("logical/publication-undo.sql", deploy.Sandbox.Primary.Uri);
        (await deploy.Primary.ScalarAsync<bool>("SELECT EXISTS (SELECT FROM pg_replication_slots WHERE slot_name = 'cdrapi')")).Should().BeFalse();
    }

    private async Task RunAsync(string file, string database, params string[] more)
    {
        var run = await deploy.PsqlAsync(file, database, more);
        run.ExitCode.Should().Be(0, "{0}: {1}", file, run.Output);
    }
}
