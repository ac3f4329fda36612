using System.Net;
using CdrSandbox;
using Npgsql;

namespace CdrApi.Tests.Database;

public sealed class StartupTests(TestSandbox sandbox)
{
    [Fact]
    public async Task Without_a_connection_string_it_says_how_to_set_one() =>
        await ShouldEndAsync("Database__ConnectionString", "", "Database:ConnectionString is missing. Set it");

    [Fact]
    public async Task Without_a_key_it_says_that_nobody_could_call()
    {
        var none = new Dictionary<string, string?>();
        foreach (var i in new[] { 0, 1 })
        {
            none[$"Security__ApiKeys__{i}__Id"] = null;
            none[$"Security__ApiKeys__{i}__Sha256"] = null;
            none[$"Security__ApiKeys__{i}__Scopes__0"] = null;
        }

        none["Security__ApiKeys__1__Accounts__0"] = null;
        await ShouldEndAsync(none, "Security:ApiKeys is empty");
    }

    [Theory]
    [InlineData("Security__ApiKeys__0__Sha256", "abc", "Security:ApiKeys:0:Sha256 must be 64 hexadecimal digits")]
    [InlineData("Security__ApiKeys__0__Scopes__0", "cdrs:write", "Security:ApiKeys:0:Scopes must name")]
    [InlineData("Security__ApiKeys__1__Id", "sandbox", "more than once")]
    [InlineData("Cdrs__MaxLimit", "0", "Cdrs:MaxLimit must be")]
    [InlineData("Replica__MaxStaleness", "00:00:01", "Replica:MaxStaleness at least as long")]
    [InlineData("Database__MaxConnections", "1", "Database:MaxConnections must be 2 to 1000")]
    [InlineData("Database__ConnectTimeout", "soon", "Database:ConnectTimeout")]
    [InlineData("Database__ConnectionString", "Host=,;Database=sippy;Username=cdr_reader", "Database:ConnectionString names no Host")]
    [InlineData("OpenApi__Enabled", "maybe", "OpenApi:Enabled")]
    [InlineData("Urls", "here", "Choose another address with Urls.")]
    [InlineData("Urls", "http://192.0.2.1:80", "Choose another address with Urls.")]
    public async Task A_setting_that_cannot_be_used_is_named(string name, string value, string message) =>
        await ShouldEndAsync(name, value, message);

    [Theory]
    [InlineData("Source__Cdrs", "xdrs", "There is no relation xdrs. Name the CDRs' table or view with Source:Cdrs.")]
    [InlineData("Source__Columns__cost", "price", "cdrs has no column price, which the field cost is read from. Name its column with Source:Columns:cost")]
    [InlineData("Source__Columns__cost", "cli_in", "cdrs.cli_in is of type character varying, which the field cost cannot be read from.")]
    [InlineData("Source__Columns__colour", "cost", "Source:Columns:colour is no field.")]
    [InlineData("Source__Destinations", "nowhere", "Cannot read nowhere")]
    public async Task A_source_that_does_not_fit_is_refused(string name, string value, string message) =>
        await ShouldEndAsync(name, value, message);

    [Fact]
    public async Task A_primary_is_refused() =>
        await ShouldEndAsync("Database__ConnectionString", OnPrimary(), "is not a standby (pg_is_in_recovery() is false).");

    [Fact]
    public async Task A_superuser_is_refused() =>
        await ShouldEndAsync("Database__ConnectionString", sandbox.Sandbox.Standbys[0].ConnectionString, "is more than a reader (superuser");

    [Fact]
    public async Task A_wrong_password_is_told() =>
        await ShouldEndAsync("Database__ConnectionString", sandbox.Sandbox.ReaderConnectionString + "x",
            "Check Username and Password (or Passfile) in Database:ConnectionString");

    [Fact]
    public async Task A_pass_file_that_is_not_there_is_told()
    {
        var parts = new NpgsqlConnectionStringBuilder(sandbox.Sandbox.ReaderConnectionString) { Password = null, Passfile = "/nowhere/pgpass" };

        await ShouldEndAsync("Database__ConnectionString", parts.ConnectionString, "Start-up check failed");
    }

    [Fact]
    public async Task A_role_that_may_write_is_refused()
    {
        await sandbox.Primary.CreateCommand("GRANT UPDATE ON accounts TO cdr_reader").ExecuteNonQueryAsync();
        try
        {
            await Eventually.BecomesTrueAsync(() => sandbox.Replica.ScalarAsync<bool>("SELECT has_table_privilege('cdr_reader', 'accounts', 'UPDATE')"));

            await ShouldEndAsync([], "The role cdr_reader may write to accounts. Run on the primary: REVOKE");
        }
        finally
        {
            await sandbox.Primary.CreateCommand("REVOKE UPDATE ON accounts FROM cdr_reader").ExecuteNonQueryAsync();
            await Eventually.BecomesTrueAsync(() => sandbox.Replica.ScalarAsync<bool>("SELECT NOT has_table_privilege('cdr_reader', 'accounts', 'UPDATE')"));
        }
    }

    [Fact]
    public async Task A_role_that_cannot_measure_the_lag_is_told_what_it_lacks()
    {
        const string May = "SELECT pg_has_role('cdr_reader', 'pg_read_all_stats', 'USAGE')";
        await sandbox.Primary.CreateCommand("REVOKE pg_read_all_stats FROM cdr_reader").ExecuteNonQueryAsync();
        try
        {
            await Eventually.BecomesTrueAsync(async () => !await sandbox.Replica.ScalarAsync<bool>(May));

            await ShouldEndAsync([], "Run on the primary: GRANT pg_read_all_stats TO cdr_reader;");
        }
        finally
        {
            await sandbox.Primary.CreateCommand("GRANT pg_read_all_stats TO cdr_reader").ExecuteNonQueryAsync();
            await Eventually.BecomesTrueAsync(() => sandbox.Replica.ScalarAsync<bool>(May));
            await sandbox.RecoverAsync();
        }
    }

    [Fact]
    public async Task A_subscriber_may_be_out_of_recovery_when_told_so()
    {
        await using var api = await sandbox.Sandbox.StartApiAsync(new Dictionary<string, string?>
        {
            ["Database__ConnectionString"] = OnPrimary(),
            ["Replica__Kind"] = "logical",
        });

        (await new ApiCaller(api.Url, sandbox.Sandbox.ApiKey).GetAsync("/cdrs?limit=3")).GetProperty("count").GetInt32().Should().Be(3);
        var lag = await new ApiCaller(api.Url, null).GetAsync("/replication-lag");
        lag.GetProperty("status").GetString().Should().Be("ok");
        lag.GetProperty("in_recovery").GetBoolean().Should().BeFalse();
    }

    [Fact]
    public async Task A_missing_index_is_a_warning_with_the_command_to_run()
    {
        await sandbox.Primary.CreateCommand("CREATE VIEW bare AS SELECT * FROM cdrs LIMIT 10; CREATE TABLE bare_cdrs AS SELECT * FROM cdrs LIMIT 10; "
            + "GRANT SELECT ON bare_cdrs TO cdr_reader").ExecuteNonQueryAsync();
        try
        {
            await Eventually.BecomesTrueAsync(() => sandbox.Replica.ScalarAsync<bool>("SELECT to_regclass('bare_cdrs') IS NOT NULL"));
            await using var api = await sandbox.Sandbox.StartApiAsync(new Dictionary<string, string?> { ["Source__Cdrs"] = "public.bare_cdrs" });

            api.ReadLog().Should().Contain(@"CREATE INDEX CONCURRENTLY ON \\\""public\\\"".\\\""bare_cdrs\\\"" (\\\""connect_time\\\"", \\\""i_cdr\\\"");")
                .And.Contain(@"(\\\""i_account\\\"", \\\""connect_time\\\"", \\\""i_cdr\\\"");");
            sandbox.Api.ReadLog().Should().NotContain("lacks an index");
        }
        finally
        {
            await sandbox.Primary.CreateCommand("DROP VIEW bare; DROP TABLE bare_cdrs").ExecuteNonQueryAsync();
        }
    }

    [Fact]
    public async Task A_flat_source_works_by_configuration_alone()
    {
        await sandbox.Primary.CreateCommand(
            """
            CREATE TABLE xdrs AS SELECT i_cdr AS id, i_account::int AS account_id, cli_in AS caller, cld_in AS callee,
              connect_time AT TIME ZONE 'UTC' AS started, duration::numeric(12, 3) AS seconds, cost::numeric AS price, result::smallint AS code,
              'Nowhere'::text AS land
            FROM cdrs ORDER BY connect_time DESC NULLS LAST, i_cdr DESC LIMIT 3000;
            GRANT SELECT ON xdrs TO cdr_reader
            """).ExecuteNonQueryAsync();
        try
        {
            await Eventually.BecomesTrueAsync(() => sandbox.Replica.ScalarAsync<bool>("SELECT to_regclass('xdrs') IS NOT NULL"));
            var source = new Dictionary<string, string?>
            {
                ["Source__Cdrs"] = "xdrs",
                ["Source__Destinations"] = "",
                ["Source__Countries"] = "",
                ["Source__Protocols"] = "",
                ["Source__Columns__i_cdr"] = "id",
                ["Source__Columns__i_account"] = "account_id",
                ["Source__Columns__cli"] = "caller",
                ["Source__Columns__cld"] = "callee",
                ["Source__Columns__connect_time"] = "started",
                ["Source__Columns__duration"] = "seconds",
                ["Source__Columns__cost"] = "price",
                ["Source__Columns__result"] = "code",
                ["Source__Columns__country"] = "land",
            };
            foreach (var field in Rows.AllFields.Where(f => !source.ContainsKey("Source__Columns__" + f)))
            {
                source["Source__Columns__" + field] = "";
            }

            await using var api = await sandbox.Sandbox.StartApiAsync(source);
            var answer = await new ApiCaller(api.Url, sandbox.Sandbox.ApiKey).GetRowsAsync("/cdrs?type=all&limit=2500&start_date=2000-01-01");

            var expected = new List<string>();
            await using var command = sandbox.Replica.CreateCommand(
                """
                SELECT json_build_object('i_cdr', id, 'i_account', account_id, 'cli', caller, 'cld', callee,
                  'connect_time', rtrim(rtrim(to_char(started, 'YYYY-MM-DD"T"HH24:MI:SS.US'), '0'), '.') || 'Z',
                  'duration', seconds, 'cost', price, 'result', code, 'country', land)::text
                FROM xdrs WHERE started IS NOT NULL ORDER BY started DESC, id DESC LIMIT 2500
                """);
            await using var reader = await command.ExecuteReaderAsync();
            while (await reader.ReadAsync())
            {
                expected.Add(Rows.ToText(System.Text.Json.JsonDocument.Parse(reader.GetString(0)).RootElement));
            }

            answer.Should().Equal(expected);
        }
        finally
        {
            await sandbox.Primary.CreateCommand("DROP TABLE xdrs").ExecuteNonQueryAsync();
        }
    }

    [Fact]
    public async Task A_database_that_is_not_there_is_waited_for()
    {
        var standby = sandbox.Sandbox.Standbys[0];
        await standby.StopAsync();
        try
        {
            await using var api = await sandbox.Sandbox.StartApiAsync(waitUntilReady: false);
            var nobody = new ApiCaller(api.Url, null);

            await nobody.GetAsync("/health/live");
            await nobody.GetAsync("/health/ready", HttpStatusCode.ServiceUnavailable);
            (await nobody.GetAsync("/replication-lag")).GetProperty("status").GetString().Should().Be("unreachable");
            var problem = await new ApiCaller(api.Url, sandbox.Sandbox.ApiKey).GetAsync("/cdrs", HttpStatusCode.ServiceUnavailable);
            problem.GetProperty("type").GetString().Should().Be("/problems/starting");

            await standby.StartAsync();

            await Eventually.BecomesTrueAsync(async () =>
            {
                using var ready = await nobody.SendAsync("/health/ready");
                return ready.IsSuccessStatusCode;
            });
            await new ApiCaller(api.Url, sandbox.Sandbox.ApiKey).GetAsync("/cdrs?limit=1");
        }
        finally
        {
            await standby.StartAsync();
            await sandbox.RecoverAsync();
        }
    }

    [Fact]
    public async Task A_port_in_use_is_told()
    {
        var starting = () => sandbox.Sandbox.StartApiAsync(port: sandbox.Api.Url.Port);

        (await starting.Should().ThrowAsync<SandboxException>()).Which.Message.Should()
            .Contain("exit code 1").And.Contain("Cannot listen").And.NotContain("   at ");
    }

    [Fact]
    public async Task SIGTERM_lets_a_download_finish_and_exits_with_0()
    {
        await using var api = await sandbox.Sandbox.StartApiAsync();
        using var response = await new ApiCaller(api.Url, sandbox.Sandbox.ApiKey).SendAsync("/cdrs?limit=100000&type=all", streamed: true);
        await using var body = await response.Content.ReadAsStreamAsync();
        await body.ReadExactlyAsync(new byte[1000]);

        var stopping = api.StopAsync();
        using var rest = new StreamReader(body);

        (await rest.ReadToEndAsync()).Should().EndWith("}").And.Contain("\"count\":100000");
        (await stopping).Should().Be(0);
    }

    [Fact]
    public async Task After_the_grace_period_a_stop_aborts_what_nobody_reads_and_exits_with_0()
    {
        await using var api = await sandbox.Sandbox.StartApiAsync(new Dictionary<string, string?> { ["Shutdown__Grace"] = "00:00:01" });
        using var response = await new ApiCaller(api.Url, sandbox.Sandbox.ApiKey, smallReceiveBuffer: true)
            .SendAsync("/cdrs?limit=1000000&type=all&fields=all", streamed: true);
        await using var body = await response.Content.ReadAsStreamAsync();
        await body.ReadExactlyAsync(new byte[1000]);

        (await api.StopAsync()).Should().Be(0);

        var reading = () => body.CopyToAsync(Stream.Null);
        await reading.Should().ThrowAsync<IOException>("a body that was cut cannot be taken for complete");
        api.ReadLog().Should().Contain("\"Outcome\":\"aborted\"");
    }

    private string OnPrimary()
    {
        var primary = new NpgsqlConnectionStringBuilder(sandbox.Sandbox.Primary.ConnectionString);
        return new NpgsqlConnectionStringBuilder(sandbox.Sandbox.ReaderConnectionString) { Host = $"{primary.Host}:{primary.Port}" }.ConnectionString;
    }

    private Task ShouldEndAsync(string name, string value, string message) =>
        ShouldEndAsync(new Dictionary<string, string?> { [name] = value }, message);

    /// <summary>One clear message, and exit code 1.</summary>
    private async Task ShouldEndAsync(Dictionary<string, string?> environment, string message)
    {
        var starting = () => sandbox.Sandbox.StartApiAsync(environment);

        (await starting.Should().ThrowAsync<SandboxException>()).Which.Message.Should()
            .Contain("exit code 1").And.Contain(message).And.NotContain("   at ", "a stack trace helps no operator");
    }
}
