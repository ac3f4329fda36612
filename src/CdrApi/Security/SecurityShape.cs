using System.Collections;
using System.Reflection;
using Microsoft.Extensions.Options;

namespace CdrApi.Security;

/// <summary>
/// What the binder passes over: a misspelt setting, and one value where a list is meant. Either would leave a key without its restriction, or
/// accept what was not to be.
/// </summary>
internal sealed class SecurityShape(IConfiguration configuration) : IValidateOptions<SecurityOptions>
{
    public ValidateOptionsResult Validate(string? name, SecurityOptions options)
    {
        var faults = FaultsOf(configuration.GetSection(SecurityOptions.Section), typeof(SecurityOptions)).ToList();
        return faults.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(faults);
    }

    private static IEnumerable<string> FaultsOf(IConfigurationSection section, Type type)
    {
        var members = type.GetProperties(BindingFlags.Public | BindingFlags.Instance).ToDictionary(p => p.Name, p => p.PropertyType, StringComparer.OrdinalIgnoreCase);
        foreach (var member in section.GetChildren())
        {
            if (!members.TryGetValue(member.Key, out var of))
            {
                yield return $"{member.Path} is no setting{(type == typeof(ApiKeyOptions) ? " of a key" : "")}; there are {string.Join(", ", members.Keys)}.";
            }
            else if (of.IsAssignableTo(typeof(IList)))
            {
                if (!string.IsNullOrEmpty(member.Value))
                {
                    yield return $"{member.Path} must be a list: [\"…\"] in JSON, {member.Path.Replace(":", "__", StringComparison.Ordinal)}__0 in the environment.";
                }

                foreach (var named in member.GetChildren().Where(element => !element.Key.All(char.IsAsciiDigit)))
                {
                    yield return $"{named.Path} has a name, and {member.Path} is a list: write [{{…}}] in place of {{\"{named.Key}\":{{…}}}}.";
                }

                foreach (var fault in member.GetChildren().SelectMany(element => FaultsOf(element, of.GetGenericArguments()[0])))
                {
                    yield return fault;
                }
            }
            else if (of.Assembly == typeof(SecurityOptions).Assembly)
            {
                foreach (var fault in FaultsOf(member, of))
                {
                    yield return fault;
                }
            }
        }
    }
}
