using System.Collections.Frozen;
using System.Net;
using System.Security.Cryptography;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Primitives;

namespace CdrApi.Security;

/// <summary>
/// The configured keys, looked up by id and compared by hash in constant time. They follow the configuration while
/// the service runs; what could not be used leaves the keys of before.
/// </summary>
internal sealed partial class ApiKeys : IDisposable
{
    private static readonly byte[] NoHash = new byte[SHA256.HashSizeInBytes];

    private readonly IConfiguration _configuration;
    private readonly IEnumerable<IValidateOptions<SecurityOptions>> _rules;
    private readonly TimeProvider _time;
    private readonly ILogger<ApiKeys> _logger;
    private readonly IDisposable _watch;
    private readonly Lock _reading = new();
    private volatile FrozenDictionary<string, ApiKey> _keys;
    private volatile string? _fault;

    public ApiKeys(IConfiguration configuration, IOptions<SecurityOptions> options, IEnumerable<IValidateOptions<SecurityOptions>> rules,
        TimeProvider time, ILogger<ApiKeys> logger)
    {
        (_configuration, _rules, _time, _logger) = (configuration, rules, time, logger);
        _keys = ById(options.Value);
        _watch = ChangeToken.OnChange(configuration.GetReloadToken, ReadAgain);
    }

    /// <summary>Why the configuration cannot be used, so that the keys of before hold; null when it is in use.</summary>
    public string? Fault => _fault;

    /// <summary>Null for a key that is unknown, expired, or not to be used from there.</summary>
    public ApiKey? Find(string text, IPAddress? from)
    {
        if (CredentialText.ApiKey.IdOf(text) is not { } id)
        {
            return null;
        }

        // An unknown id costs as much as a wrong secret.
        var key = _keys.GetValueOrDefault(id);
        if (!CryptographicOperations.FixedTimeEquals(CredentialText.HashOf(text), key?.Hash ?? NoHash) || key is null)
        {
            return null;
        }

        if (key.IsExpired(_time.GetUtcNow()))
        {
            Log.Refused(_logger, id, "it has expired");
            return null;
        }

        if (!key.IsAllowedFrom(from))
        {
            Log.Refused(_logger, id, "it came from another network than it is allowed from");
            return null;
        }

        return key;
    }

    /// <summary>Null for a key that is unknown or expired now.</summary>
    public ApiKey? Current(string id) => _keys.GetValueOrDefault(id) is { } key && !key.IsExpired(_time.GetUtcNow()) ? key : null;

    /// <summary>The key that a request was authenticated by, as it is now; null when it was taken away or replaced meanwhile.</summary>
    public ApiKey? Current(HttpContext http) =>
        http.Features.Get<ApiKey>() is { } used && Current(used.Id) is { } now && CryptographicOperations.FixedTimeEquals(now.Hash, used.Hash) ? now : null;

    public void Dispose() => _watch.Dispose();

    private static FrozenDictionary<string, ApiKey> ById(SecurityOptions options) =>
        options.ApiKeys.Select(ApiKey.From).ToFrozenDictionary(key => key.Id, StringComparer.Ordinal);

    private void ReadAgain()
    {
        // What is bound later must not be published earlier.
        lock (_reading)
        {
            try
            {
                var options = _configuration.GetSection(SecurityOptions.Section).Get<SecurityOptions>() ?? new SecurityOptions();
                var faults = _rules.Select(rule => rule.Validate(Options.DefaultName, options)).Where(r => r.Failed).SelectMany(r => r.Failures!).ToList();
                _fault = faults.Count > 0 ? string.Join(" ", faults) : null;
                if (_fault is null)
                {
                    _keys = ById(options);
                    Log.ReadAgain(_logger, _keys.Count);
                }
            }
            catch (Exception e)
            {
                // A value of the wrong type, for instance: whatever it is, the keys of before hold, and it is said.
                _fault = e.Message;
            }
        }
    }

    private static partial class Log
    {
        [LoggerMessage(LogLevel.Information, "API keys were read again: {Count}")]
        public static partial void ReadAgain(ILogger logger, int count);

        [LoggerMessage(LogLevel.Warning, "API key {Id} was refused: {Reason}")]
        public static partial void Refused(ILogger logger, string id, string reason);
    }
}
