using CdrApi.Security;
using Microsoft.Extensions.Options;

namespace CdrApi.Cdrs;

/// <summary>Which fields a key may be kept from seeing.</summary>
internal sealed class CdrFieldRules : IValidateOptions<SecurityOptions>
{
    public ValidateOptionsResult Validate(string? name, SecurityOptions options)
    {
        var faults = new List<string>();
        foreach (var (i, key) in options.ApiKeys.Index())
        {
            Check(i, "HiddenFields", key.HiddenFields, [.. CdrFields.All.Where(f => !CdrFields.Required.Contains(f.Name) && f.Name != CdrFields.CallKey)]);
            Check(i, "MaskedFields", key.MaskedFields, [.. CdrFields.All.Where(f => f.Kind == CdrFieldKind.Text && f.Lookup == CdrLookup.None)]);
        }

        return faults.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(faults);

        void Check(int key, string option, List<string> named, IReadOnlyList<CdrField> possible)
        {
            var others = named.Except(possible.Select(f => f.Name), StringComparer.Ordinal).ToList();
            if (others.Count > 0)
            {
                faults.Add($"Security:ApiKeys:{key}:{option} has {string.Join(", ", others)}; it may have {string.Join(", ", possible.Select(f => f.Name))}.");
            }
        }
    }
}
