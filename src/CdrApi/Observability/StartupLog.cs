using Microsoft.Extensions.Options;

namespace CdrApi.Observability;

/// <summary>The last words of a service that cannot start: one message, which says what to do.</summary>
internal static partial class StartupLog
{
    public static string Explain(Exception e) => e switch
    {
        OptionsValidationException bad => string.Join(" ", bad.Failures),
        AggregateException several => string.Join(" ", several.InnerExceptions.Select(Explain)),
        // A value of the wrong type: the binder's message names the setting.
        _ => e.Message,
    };

    [LoggerMessage(LogLevel.Critical, "The configuration cannot be used. {Faults}")]
    public static partial void BadOptions(ILogger logger, string faults);

    [LoggerMessage(LogLevel.Critical, "Cannot listen: {Cause} Choose another address with Urls.")]
    public static partial void CannotListen(ILogger logger, string cause);
}
