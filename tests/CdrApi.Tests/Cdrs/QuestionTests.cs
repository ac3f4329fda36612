using System.Globalization;
using System.Text.RegularExpressions;
using FsCheck;
using FsCheck.Fluent;
using Npgsql;

namespace CdrApi.Tests.Cdrs;

/// <summary>Thousands of random questions, each answered by the API and by SQL: in any format, at once or page by page.</summary>
public sealed partial class QuestionTests(TestSandbox sandbox)
{
    private const int Questions = 1200;

    // What a failure prints: "seed,gamma" of a whole run, with ",size" of the question that failed.
    private const string Replay = "CDR_REPLAY";

    [Fact]
    public async Task Any_question_has_the_answer_that_SQL_gives()
    {
        await using var replica = NpgsqlDataSource.Create(
            sandbox.Sandbox.Standbys[0].ConnectionString + ";Application Name=test;Options=-c jit=off");
        var generator = new QuestionGenerator(await QuestionData.ReadAsync(replica), sandbox.Sandbox.Account);
        var asker = new QuestionAsker(sandbox.All, sandbox.Narrow, sandbox.Sandbox.Account, replica);

        await AskAsync(Questions, generator.Questions(), asker.CheckAsync);

        asker.WithRows.Should().BeGreaterThan(Questions / 4, "too many questions would be about nothing");
    }

    /// <summary>So many; the first that is answered wrongly fails, with what is needed to ask it again.</summary>
    internal static async Task AskAsync<T>(int count, Arbitrary<T> questions, Func<T, Task> check)
    {
        var config = Config.QuickThrowOnFailure.WithMaxTest(count).WithReplay(Seed());

        // FsCheck waits for a property on its own thread.
        var asking = () => Task.Run(() => Check.One(config, Prop.ForAll(questions, check)));

        try
        {
            await asking();
        }
        catch (Exception e)
        {
            var seed = FailedSeed().Match(e.Message);
            Assert.Fail($"Ask again with {Replay}={seed.Groups[2]},{seed.Groups[3]},{seed.Groups[1]}\n{e.Message}");
        }
    }

    private static Replay Seed()
    {
        var given = Environment.GetEnvironmentVariable(Replay)?.Split(',') ?? [];
        var rnd = given.Length == 0
            ? new Rnd((ulong)Random.Shared.NextInt64())
            : new Rnd(ulong.Parse(given[0], CultureInfo.InvariantCulture), ulong.Parse(given[1], CultureInfo.InvariantCulture));
        return new Replay(rnd, given.Length > 2 ? int.Parse(given[2], CultureInfo.InvariantCulture) : null);
    }

    [GeneratedRegex(@"size of (\d+) and seed of \((\d+),(\d+)\)")]
    private static partial Regex FailedSeed();
}
