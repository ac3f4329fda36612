using Microsoft.Extensions.Configuration.Json;

namespace CdrApi;

/// <summary>
/// Settings in a file of the operator's, named by the setting ConfigFile. What it says wins over all other settings.
/// It is read again when it changes; what is looked up at every request follows, such as the API keys.
/// </summary>
internal sealed partial class ConfigFile(string path)
{
    public const string Setting = "ConfigFile";

    private ILogger? _logger;
    private Exception? _fault;

    public static void AddTo(WebApplicationBuilder builder)
    {
        if (builder.Configuration[Setting] is not { Length: > 0 } path)
        {
            return;
        }

        var file = new ConfigFile(Path.GetFullPath(path));
        var source = new JsonConfigurationSource { Path = Path.GetFullPath(path), ReloadOnChange = true, OnLoadException = file.CannotRead };
        source.ResolveFileProvider();
        builder.Configuration.Sources.Add(source);
        builder.Services.AddSingleton(file);
    }

    /// <summary>From now on to the log. What could not be read before there was one is thrown.</summary>
    public void LogTo(ILogger logger)
    {
        if (_fault is not null)
        {
            throw new InvalidOperationException($"{path} cannot be read: {_fault.GetBaseException().Message}");
        }

        _logger = logger;
    }

    private void CannotRead(FileLoadExceptionContext context)
    {
        if (_logger is null)
        {
            _fault = context.Exception;
            context.Ignore = true;
        }
        else
        {
            Log.CannotRead(_logger, path, context.Exception.GetBaseException().Message);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(LogLevel.Error, "{File} was changed and cannot be read; the API keys of before stay: {Fault}")]
        public static partial void CannotRead(ILogger logger, string file, string fault);
    }
}
