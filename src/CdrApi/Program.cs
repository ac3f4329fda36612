using CdrApi;
using CdrApi.Batches;
using CdrApi.Cdrs;
using CdrApi.Database;
using CdrApi.Http;
using CdrApi.Observability;
using CdrApi.Replication;
using CdrApi.Security;
using CdrApi.Statistics;
using Microsoft.Extensions.Options;

try
{
    // The settings' home is beside the program, from wherever it is started.
    var builder = WebApplication.CreateBuilder(new WebApplicationOptions { Args = args, ContentRootPath = AppContext.BaseDirectory });
    var settings = WholeLists.AddTo(builder.Configuration, ConfigFile.AddTo(builder));
    if (args is ["keys", ..])
    {
        return KeysCommand.Run(args, builder.Configuration, [new SecurityOptionsValidator(), new CdrFieldRules()]);
    }

    if (args is ["health"])
    {
        return await HealthCommand.RunAsync(builder.Configuration);
    }

    builder.AddSupervisor();
    builder.AddLimits();
    builder.AddShutdown();
    builder.AddRequestLog();
    builder.AddTelemetry();
    builder.AddJson();
    builder.AddCompression();
    builder.AddReplication();
    builder.AddDatabase();
    builder.AddCdrs();
    builder.AddSecurity();
    builder.AddSessions();
    builder.AddRates();
    builder.AddOrigins();
    builder.AddBatches();
    builder.AddStatistics();
    builder.AddOpenApi();

    var app = builder.Build();
    app.Services.GetRequiredService<IStartupValidator>().Validate();
    StartupLog.ListsReplaced(app.Logger, settings.Replaced);
    app.UseCallersAddress();
    app.UseRequestLog();
    app.UseRequestMetrics();
    app.UseSecurityHeaders();
    app.UseHttp1Trailers();
    app.UseCompression();
    app.UseProblems();
    app.UseOrigins();
    app.MapOpenApi();
    app.UseReadiness();
    app.UseAuthentication();
    app.UseRates();
    app.UseAuthorization();
    app.MapHealth();
    app.MapMetrics();
    app.MapCdrs();
    app.MapBatches();
    app.MapStatistics();
    app.MapSessions();

    var checks = app.Services.GetRequiredService<ReplicaChecks>();
    var loops = app.Services.GetServices<IHostedService>().OfType<BackgroundLoop>().ToList();
    await app.RunAsync();
    // A loop that fails has stopped the host.
    return checks.HaveFailed || loops.Exists(loop => loop.ExecuteTask is { IsFaulted: true }) ? 1 : 0;
}
catch (Exception e) when (StartupLog.Explain(e) is { } fault)
{
    StartupLog.CannotStart(fault);
    return 1;
}
