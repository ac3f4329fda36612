using System.Net.Sockets;
using Microsoft.Extensions.Options;
using Serilog;
using Serilog.Formatting.Compact;

namespace CdrApi.Observability;

/// <summary>The last words of a service that cannot start: one message, which says what to do.</summary>
internal static partial class StartupLog
{
    /// <summary>What the operator did; null for what is the service's own fault, and deserves its stack trace.</summary>
    public static string? Explain(Exception e) => e switch
    {
        OptionsValidationException bad => "The configuration cannot be used. " + string.Join(" ", bad.Failures),
        AggregateException several => string.Join(" ", several.InnerExceptions.Select(Explain).Distinct()),
        InvalidDataException or UnauthorizedAccessException => "The configuration cannot be read. " + e.Message,
        IOException or SocketException or FormatException => $"Cannot listen: {e.Message} Choose another address with Urls.",
        // A value of the wrong type: the binder's message names the setting.
        InvalidOperationException or ArgumentException => "The configuration cannot be used. " + e.Message,
        _ => null,
    };

    /// <summary>The settings' lists that stand in several places, of which one counts.</summary>
    public static void ListsReplaced(Microsoft.Extensions.Logging.ILogger logger, IEnumerable<string> lists)
    {
        foreach (var list in lists)
        {
            Log.ListReplaced(logger, list);
        }
    }

    public static void CannotStart(string fault)
    {
        // The service's own log may not be there yet.
        using var log = new LoggerConfiguration().WriteTo.Console(new RenderedCompactJsonFormatter()).CreateLogger();
        log.Fatal("{Fault:l}", fault);
    }

    private static partial class Log
    {
        [LoggerMessage(LogLevel.Warning, "{List:l} stands in more than one place. Only the last one counts: the configuration file before the command "
            + "line, that before the environment, that before appsettings.json")]
        public static partial void ListReplaced(Microsoft.Extensions.Logging.ILogger logger, string list);
    }
}
