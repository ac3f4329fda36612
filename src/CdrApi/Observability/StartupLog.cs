using System.Net.Sockets;
using Microsoft.Extensions.Options;

namespace CdrApi.Observability;

/// <summary>The last words of a service that cannot start: one message, which says what to do.</summary>
internal static partial class StartupLog
{
    /// <summary>What the operator did; null for what is the service's own fault, and deserves its stack trace.</summary>
    public static string? Explain(Exception e) => e switch
    {
        OptionsValidationException bad => "The configuration cannot be used. " + string.Join(" ", bad.Failures),
        AggregateException several => string.Join(" ", several.InnerExceptions.Select(Explain).Distinct()),
        IOException or SocketException or FormatException => $"Cannot listen: {e.Message} Choose another address with Urls.",
        // A value of the wrong type: the binder's message names the setting.
        InvalidOperationException or ArgumentException => "The configuration cannot be used. " + e.Message,
        _ => null,
    };

    [LoggerMessage(LogLevel.Critical, "{Fault}")]
    public static partial void CannotStart(ILogger logger, string fault);
}
