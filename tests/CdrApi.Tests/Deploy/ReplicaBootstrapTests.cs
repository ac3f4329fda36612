using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using System.Text;
using Npgsql;

namespace CdrApi.Tests.Deploy;

/// <summary>cdrapi-replica: from an empty directory to a standby that the API answers from.</summary>
[Collection(DeployPostgres.Name)]
public sealed class ReplicaBootstrapTests(TestSandbox whereThereIsAServer, DeploySandbox deploy) : IAsyncLifetime
{
    public async ValueTask InitializeAsync() => await deploy.StartAsync(whereThereIsAServer);

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task From_an_empty_directory_comes_a_standby_that_the_API_answers_from()
    {
        var standby = await deploy.StandbyAsync();
        await using var api = await deploy.Sandbox.StartApiAsync(new Dictionary<string, string?> { ["Database__ConnectionString"] = standby.ReaderConnectionString });
        var caller = new ApiCaller(api.Url, deploy.Sandbox.ApiKey);

        (await caller.GetAsync("/cdrs?type=all&limit=1&include_count=true")).GetProperty("total").GetInt64()
            .Should().Be(await deploy.Primary.ScalarAsync<long>("SELECT count(*) FROM cdrs"));
        (await caller.GetAsync("/replication-lag")).GetProperty("status").GetString().Should().Be("ok");

        var deleted = await deploy.Primary.ScalarAsync<long>("DELETE FROM cdrs WHERE i_cdr = (SELECT max(i_cdr) FROM cdrs) RETURNING i_cdr");
        await Eventually.BecomesTrueAsync(async () => (await caller.SendAsync($"/cdrs/{deleted}")).StatusCode == HttpStatusCode.NotFound);
        (await deploy.Primary.ScalarAsync<string>("SELECT setting FROM pg_settings WHERE name = 'wal_level'")).Should().Be("logical", "the primary of this test has settings of its own");
        (await standby.AskAsync("SHOW work_mem")).Should().Be("4MB", "those of the primary's postgresql.auto.conf are not the standby's");
    }

    [Fact]
    public async Task Run_again_it_changes_nothing_and_says_so()
    {
        var standby = await deploy.StandbyAsync();
        var started = await standby.AskAsync("SELECT pg_postmaster_start_time()");
        var before = Files(standby);

        var again = await standby.RunAsync();

        again.ExitCode.Should().Be(0, again.Output);
        again.Output.Should().Contain("nothing was changed").And.Contain($"streams from 127.0.0.1:{deploy.Sandbox.Primary.Address.Port}").And.MatchRegex(@"[0-9]+ bytes and ([0-9.]+|\?) s behind").And.NotContain("wrote");
        Files(standby).Should().Equal(before);
        (await standby.AskAsync("SELECT pg_postmaster_start_time()")).Should().Be(started);

        static List<string> Files(ReplicaDirectory of) => [.. Directory.EnumerateFiles(of.Config, "*", SearchOption.AllDirectories)
            .Select(f => $"{f} {File.GetLastWriteTimeUtc(f):O} {File.GetUnixFileMode(f)} {File.ReadAllText(f)}").Order(StringComparer.Ordinal)];
    }

    [Fact]
    public async Task The_password_stands_in_the_passfile_alone_and_that_is_its_owners()
    {
        var standby = await deploy.StandbyAsync();

        Directory.EnumerateFiles(standby.Root, "*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.ReparsePoint })
            .Where(f => !Path.GetFileName(f).StartsWith(".s.PGSQL", StringComparison.Ordinal))
            .Where(f => File.ReadAllBytes(f).AsSpan().IndexOf(Encoding.ASCII.GetBytes(deploy.Secret)) >= 0)
            .Should().Equal(Path.Combine(standby.Config, "cdrapi.pgpass"));
        File.GetUnixFileMode(Path.Combine(standby.Config, "cdrapi.pgpass")).Should().Be(UnixFileMode.UserRead | UnixFileMode.UserWrite);
        (await standby.AskAsync("SHOW primary_conninfo")).Should().Contain("passfile=").And.NotContain("password");
    }

    [Fact]
    public async Task It_listens_on_this_machine_only_and_lets_in_the_reader_with_its_password()
    {
        var standby = await deploy.StandbyAsync();

        foreach (var address in NetworkInterface.GetAllNetworkInterfaces().SelectMany(i => i.GetIPProperties().UnicastAddresses).Select(a => a.Address)
            .Where(a => a.AddressFamily == AddressFamily.InterNetwork && !IPAddress.IsLoopback(a)))
        {
            using var client = new TcpClient();
            var connecting = () => client.ConnectAsync(address, standby.Port);
            (await connecting.Should().ThrowAsync<SocketException>()).Which.SocketErrorCode.Should().Be(SocketError.ConnectionRefused);
        }

        (await standby.AskAsync("SHOW listen_addresses")).Should().Be("localhost");
        (await standby.AskAsync("SELECT string_agg(concat_ws(' ', type, array_to_string(database, ','), array_to_string(user_name, ','), address, auth_method), '; ' ORDER BY line_number) FROM pg_hba_file_rules"))
            .Should().Be("local replication cdr_replicator peer; local all postgres peer; local all cdr_monitor peer; "
                + "host sippy cdr_reader 127.0.0.1 scram-sha-256; host sippy cdr_reader ::1 scram-sha-256");
        await RefusedAsync(new(standby.ReaderConnectionString) { Password = "guessed" }, PostgresErrorCodes.InvalidPassword);
        await RefusedAsync(new(standby.ReaderConnectionString) { Database = "postgres" }, PostgresErrorCodes.InvalidAuthorizationSpecification);
        await RefusedAsync(new(deploy.Sandbox.Primary.ConnectionString) { Host = "localhost", Port = standby.Port }, PostgresErrorCodes.InvalidAuthorizationSpecification);

        static async Task RefusedAsync(NpgsqlConnectionStringBuilder who, string state)
        {
            await using var database = NpgsqlDataSource.Create(who.ConnectionString + ";Pooling=false");
            var opening = async () => await database.OpenConnectionAsync();
            (await opening.Should().ThrowAsync<PostgresException>(who.Username)).Which.SqlState.Should().Be(state);
        }
    }

    [Fact]
    public async Task A_setting_lower_than_the_primarys_is_raised_and_the_operators_files_are_kept()
    {
        var standby = await deploy.StandbyAsync();

        (await standby.AskAsync("SHOW max_connections")).Should().Be("200");
        (await standby.AskAsync("SHOW max_wal_senders")).Should().Be("20");
        (await File.ReadAllTextAsync(standby.Settings)).Should().Contain("max_connections = 200  # the primary's; 50 without this line").And.NotContain("max_worker_processes");
        (await File.ReadAllTextAsync(Path.Combine(standby.Config, "postgresql.conf"))).Should().StartWith("max_connections = 50");
        (await File.ReadAllTextAsync(Path.Combine(standby.Config, "pg_hba.conf.before-cdrapi"))).Should().Be("local all all trust\n");
    }

    [Fact]
    public async Task The_APIs_demand_for_SCRAM_is_met_with_and_without_TLS()
    {
        var standby = await deploy.StandbyAsync();
        foreach (var mode in new[] { "Disable", "Require" })
        {
            await using var api = await deploy.Sandbox.StartApiAsync(new Dictionary<string, string?>
            {
                ["Database__ConnectionString"] = standby.ReaderConnectionString + $";SSL Mode={mode}",
            });
            var how = await standby.AskAsync("SELECT DISTINCT ssl FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) WHERE usename = 'cdr_reader'");
            how.Should().Be(mode == "Require" ? "t" : "f");
        }
    }

    [Fact]
    public async Task What_is_read_is_audited_without_the_numbers()
    {
        var standby = await deploy.StandbyAsync();
        Assert.SkipUnless(File.ReadAllText(standby.Settings).Contains("pgaudit", StringComparison.Ordinal), "Needs pgaudit: install postgresql-15-pgaudit.");

        await using var reader = NpgsqlDataSource.Create(standby.ReaderConnectionString + ";Pooling=false");
        await reader.ScalarAsync<long>("SELECT count(*) FROM cdrs WHERE cli_in = '33639980001'");

        await Eventually.BecomesTrueAsync(async () => (await File.ReadAllLinesAsync(standby.Data + ".log")).Any(l =>
            l.Contains("cdr_reader@sippy LOG:  AUDIT: SESSION,", StringComparison.Ordinal) && l.EndsWith(",READ,SELECT,TABLE,public.cdrs,<not logged>,<not logged>", StringComparison.Ordinal)));
        (await File.ReadAllTextAsync(standby.Data + ".log")).Should().NotContain("33639980001");
    }
}
