using System.Collections;
using System.Reflection;
using Microsoft.Extensions.Options;

namespace CdrApi.Security;

/// <summary>
/// What the binder passes over: a misspelt member of a key, and one value where a list is meant. Either would leave a key without its restriction.
/// </summary>
internal sealed class SecurityShape(IConfiguration configuration) : IValidateOptions<SecurityOptions>
{
    private static readonly Dictionary<string, bool> Members = typeof(ApiKeyOptions).GetProperties(BindingFlags.Public | BindingFlags.Instance)
        .ToDictionary(p => p.Name, p => p.PropertyType != typeof(string) && p.PropertyType.IsAssignableTo(typeof(IEnumerable)), StringComparer.OrdinalIgnoreCase);

    public ValidateOptionsResult Validate(string? name, SecurityOptions options)
    {
        var faults = new List<string>();
        foreach (var member in configuration.GetSection($"{SecurityOptions.Section}:ApiKeys").GetChildren().SelectMany(key => key.GetChildren()))
        {
            if (!Members.TryGetValue(member.Key, out var isList))
            {
                faults.Add($"{member.Path} is no setting of a key; there are {string.Join(", ", Members.Keys)}.");
            }
            else if (isList && !string.IsNullOrEmpty(member.Value))
            {
                faults.Add($"{member.Path} must be a list: [\"…\"] in JSON, {member.Path.Replace(":", "__", StringComparison.Ordinal)}__0 in the environment.");
            }
        }

        return faults.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(faults);
    }
}
