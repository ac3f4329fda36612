using System.Globalization;
using Npgsql;

namespace CdrApi.Tests;

/// <summary>CDRs that a test needs, of an account that no other has; gone again when it is done, on the replica too.</summary>
internal sealed class OwnCalls : IAsyncDisposable
{
    private readonly TestSandbox _sandbox;
    private readonly long _account;

    private OwnCalls(TestSandbox sandbox, long account, int count)
    {
        _sandbox = sandbox;
        _account = account;
        Ids = [.. Enumerable.Range(1, count).Select(i => (account * 1_000_000) + i)];
    }

    /// <summary>In the order in which the calls were given.</summary>
    public IReadOnlyList<long> Ids { get; }

    public static async Task<OwnCalls> WriteAsync(TestSandbox sandbox, long account, IEnumerable<OwnCall> calls)
    {
        var all = calls.ToList();
        var own = new OwnCalls(sandbox, account, all.Count);
        await own.DeleteAsync();
        foreach (var (i, call) in all.Index())
        {
            await using var cdr = sandbox.Primary.CreateCommand(
                "INSERT INTO cdrs (i_cdr, i_call, i_account, result, duration, cost, cli_in, release_source, connect_time) "
                + "VALUES ($1, $1, $2, $3, 1, $4, $5, $6, '2026-01-01Z')");
            Add(cdr, own.Ids[i], account, call.Result, call.Cost, call.Cli, call.ReleaseSource);
            await cdr.ExecuteNonQueryAsync();
            await using var leg = sandbox.Primary.CreateCommand("INSERT INTO calls (i_call, call_id) VALUES ($1, $2)");
            Add(leg, own.Ids[i], call.CallId);
            await leg.ExecuteNonQueryAsync();
        }

        await own.WaitAsync(all.Count);
        return own;
    }

    public async ValueTask DisposeAsync()
    {
        await DeleteAsync();
        await WaitAsync(0);
    }

    private static void Add(NpgsqlCommand command, params object?[] values)
    {
        foreach (var value in values)
        {
            command.Parameters.Add(new NpgsqlParameter { Value = value ?? DBNull.Value });
        }
    }

    private async Task DeleteAsync()
    {
        var id = _account.ToString(CultureInfo.InvariantCulture);
        await _sandbox.Primary.CreateCommand($"DELETE FROM calls WHERE i_call / 1000000 = {id}").ExecuteNonQueryAsync();
        await _sandbox.Primary.CreateCommand($"DELETE FROM cdrs WHERE i_account = {id}").ExecuteNonQueryAsync();
    }

    private Task WaitAsync(int count) => Eventually.BecomesTrueAsync(async () => await _sandbox.Replica.ScalarAsync<long>(
        $"SELECT (SELECT count(*) FROM cdrs WHERE i_account = {_account}) + (SELECT count(*) FROM calls WHERE i_call / 1000000 = {_account})") == 2 * count);
}

internal sealed record OwnCall
{
    public string? Cli { get; init; }

    public long Result { get; init; }

    public double? Cost { get; init; }

    public string? ReleaseSource { get; init; }

    public string? CallId { get; init; }
}
