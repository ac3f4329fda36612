using CdrApi.Cdrs;
using CdrApi.Database;
using CdrApi.Http;
using CdrApi.Observability;
using CdrApi.Replication;
using CdrApi.Security;
using Microsoft.Extensions.Options;

// The settings' home is beside the program, from wherever it is started.
var builder = WebApplication.CreateBuilder(new WebApplicationOptions { Args = args, ContentRootPath = AppContext.BaseDirectory });
builder.WebHost.ConfigureKestrel(kestrel => kestrel.AddServerHeader = false);
builder.AddRequestLog();
builder.AddJson();
builder.AddReplication();
builder.AddDatabase();
builder.AddSecurity();
builder.AddCdrs();
builder.AddOpenApi();

var app = builder.Build();
app.UseRequestLog();
app.UseProblems();
app.MapOpenApi();
app.UseAuthentication();
app.UseAuthorization();
app.MapHealth();
app.MapCdrs();

try
{
    app.Services.GetRequiredService<IStartupValidator>().Validate();
}
catch (Exception e) when (e is OptionsValidationException or AggregateException or InvalidOperationException)
{
    StartupLog.BadOptions(app.Logger, StartupLog.Explain(e));
    return 1;
}

try
{
    var checks = app.Services.GetRequiredService<StartupChecks>();
    await app.RunAsync();
    return checks.Failed ? 1 : 0;
}
catch (Exception e) when (e is IOException or FormatException)
{
    StartupLog.CannotListen(app.Logger, e.Message);
    return 1;
}
