using CdrSandbox;

namespace CdrApi.Tests.Database;

/// <summary>A server that is too old is refused at once, not by the first query that it does not understand.</summary>
public sealed class OldServerTests
{
    [Fact]
    public async Task PostgreSQL_13_is_refused()
    {
        var programs = Environment.GetEnvironmentVariable("CDR_PG13_BIN");
        Assert.SkipWhen(string.IsNullOrEmpty(programs), "Needs PostgreSQL 13: set CDR_PG13_BIN");
        var options = new SandboxOptions { Rows = 100, CallsPerSecond = 0, StartApi = false, PgBin = programs };
        await using var own = await Sandbox.StartAsync(options, TextWriter.Null);

        var starting = async () =>
        {
            await using var api = await own.StartApiAsync();
        };

        (await starting.Should().ThrowAsync<SandboxException>()).Which.Message.Should()
            .Contain("exit code 1").And.Contain("PostgreSQL 13").And.Contain("at least 14")
            .And.NotContain("   at ", "a stack trace helps no operator");
    }
}
