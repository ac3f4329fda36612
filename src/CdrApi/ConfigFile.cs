using Microsoft.Extensions.Configuration.Json;

namespace CdrApi;

/// <summary>
/// Settings in a file of the operator's, named by the setting ConfigFile. What it says wins over all other settings.
/// It is read again when its content changes; what is looked up at every request follows, such as the API keys.
/// </summary>
/// <remarks>
/// Its content is compared, every second: what notices changes of files misses a symbolic link that is led elsewhere, as in Kubernetes, and what
/// lies behind a mount.
/// </remarks>
internal sealed class ConfigFile(string path) : JsonStreamConfigurationProvider(new JsonStreamConfigurationSource()), IConfigurationSource
{
    public const string Setting = "ConfigFile";

    private byte[] _content = [];
    private volatile string? _fault;

    /// <summary>Why it cannot be read, for as long as that lasts; null when it can.</summary>
    public string? Fault => _fault;

    public static ConfigFile? AddTo(WebApplicationBuilder builder)
    {
        if (builder.Configuration[Setting] is not { Length: > 0 } path)
        {
            return null;
        }

        var file = new ConfigFile(Path.GetFullPath(path));
        builder.Services.AddSingleton(file);
        return file;
    }

    public IConfigurationProvider Build(IConfigurationBuilder builder) => this;

    public override void Load()
    {
        if (Read() is { } fault)
        {
            throw new InvalidOperationException(fault);
        }
    }

    /// <summary>Takes what it says now; what cannot be read leaves what it said before.</summary>
    public void ReadAgain()
    {
        var before = _content;
        _fault = Read();
        if (_content == before)
        {
            return;
        }

        try
        {
            OnReload();
        }
        catch (Exception)
        {
            // Options that are read at start only are validated again too. Whoever takes what is new says what is wrong with it.
        }
    }

    /// <summary>Null, or why it could not be read.</summary>
    private string? Read()
    {
        try
        {
            var content = File.ReadAllBytes(path);
            if (!content.AsSpan().SequenceEqual(_content))
            {
                Load(new MemoryStream(content));
                _content = content;
            }

            return null;
        }
        catch (Exception e)
        {
            // Whatever it is: a file may hold anything, and the service goes on with what it said before.
            return $"{path} cannot be read: {e.Message}";
        }
    }
}
