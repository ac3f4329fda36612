using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace CdrApi.Cdrs;

/// <summary>Which CDRs are meant: no HTTP, no SQL.</summary>
internal sealed record CdrFilter
{
    /// <summary>Inclusive.</summary>
    public DateTimeOffset? Start { get; init; }

    /// <summary>Exclusive.</summary>
    public DateTimeOffset? End { get; init; }

    /// <summary>Ascending, each once; null = every account.</summary>
    public IReadOnlyList<long>? Accounts { get; init; }

    /// <summary>What the accounts were named by; in place of a customer's, which come and go.</summary>
    public string AccountsIdentity { get; init; } = "*";

    public CdrType Type { get; init; }

    /// <summary>All of them must hold; in the order of the parameters' catalogue.</summary>
    public IReadOnlyList<CdrCondition> Conditions { get; init; } = [];

    /// <summary>A CDR without a connect_time is in no date range, and in every list that has none.</summary>
    public bool HasDateRange => Start is not null || End is not null;

    /// <summary>Equal for equal filters, on every instance and after a restart: what binds a cursor to its filter.</summary>
    public ulong Fingerprint()
    {
        var text = string.Create(CultureInfo.InvariantCulture,
            $"{Start?.UtcTicks}|{End?.UtcTicks}|{AccountsIdentity}|{Type}");
        foreach (var condition in Conditions)
        {
            // With its length where it has what stands between two.
            var identity = condition.Identity;
            text += identity.Contains('|') ? string.Create(CultureInfo.InvariantCulture, $"|\0{identity.Length}\0{identity}") : "|" + identity;
        }

        return BitConverter.ToUInt64(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
    }
}
