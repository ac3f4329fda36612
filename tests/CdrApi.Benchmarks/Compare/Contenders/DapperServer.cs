using System.Text.Json;
using Dapper;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace CdrApi.Benchmarks.Compare.Contenders;

/// <summary>The list as a minimal API over Dapper. Takes PORT, DATABASE and STATS_SQL from the environment.</summary>
internal static class DapperServer
{
    public static async Task RunAsync(string[] args)
    {
        var builder = WebApplication.CreateBuilder(args);
        builder.Logging.SetMinimumLevel(LogLevel.Warning);
        builder.Services.AddSingleton(_ => NpgsqlDataSource.Create(builder.Configuration["DATABASE"]!));
        builder.Services.ConfigureHttpJsonOptions(options =>
            options.SerializerOptions.PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower);
        DefaultTypeMap.MatchNamesWithUnderscores = true;

        await using var app = builder.Build();

        app.MapGet("/cdrs", async (NpgsqlDataSource db, int limit, int offset = 0, long? i_account = null) =>
        {
            await using var connection = await db.OpenConnectionAsync();
            return await connection.QueryAsync<Cdr>($"""
                SELECT i_cdr, i_call, i_account, cli_in AS cli, cld_in AS cld, connect_time, disconnect_time,
                       duration, billed_duration, cost, result, remote_ip, i_protocol, prefix
                FROM cdrs
                WHERE connect_time IS NOT NULL {(i_account is null ? "" : "AND i_account = @i_account")}
                ORDER BY connect_time DESC, i_cdr DESC
                LIMIT @limit OFFSET @offset
                """, new { limit, offset, i_account });
        });

        app.MapGet("/cdrs/stats", async (NpgsqlDataSource db) =>
        {
            await using var connection = await db.OpenConnectionAsync();
            return await connection.QueryAsync(app.Configuration["STATS_SQL"]!);
        });

        await app.RunAsync($"http://127.0.0.1:{app.Configuration["PORT"]}");
    }

    private sealed class Cdr
    {
        public long ICdr { get; set; }
        public long ICall { get; set; }
        public long IAccount { get; set; }
        public string? Cli { get; set; }
        public string? Cld { get; set; }
        public DateTime? ConnectTime { get; set; }
        public DateTime? DisconnectTime { get; set; }
        public double? Duration { get; set; }
        public double? BilledDuration { get; set; }
        public double? Cost { get; set; }
        public long Result { get; set; }
        public string? RemoteIp { get; set; }
        public short? IProtocol { get; set; }
        public string? Prefix { get; set; }
    }
}
