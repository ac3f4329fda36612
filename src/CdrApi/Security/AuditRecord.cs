namespace CdrApi.Security;

/// <summary>
/// What of a data request stands in the log: for which accounts, by which parameters, and what came of it. Never a parameter's value,
/// but the accounts.
/// </summary>
internal sealed class AuditRecord
{
    private const int MostAccounts = 1000;

    // The queries of a batch are read side by side.
    private readonly Lock _lock = new();
    private readonly SortedSet<string> _accounts = new(StringComparer.Ordinal);
    private readonly SortedSet<string> _parameters = new(StringComparer.Ordinal);

    /// <summary>Rows and bytes before compression that were handed on; the client may have received fewer.</summary>
    public long Rows { get; set; }

    public long Bytes { get; set; }

    /// <summary>What the status cannot say: null for an answer that was no stream.</summary>
    public string? Outcome { get; set; }

    public string Parameters => string.Join(' ', _parameters);

    /// <summary><c>*</c> for all.</summary>
    public string Accounts => string.Join(' ', _accounts.Take(MostAccounts))
        + (_accounts.Count > MostAccounts ? $" and {_accounts.Count - MostAccounts} more" : "");

    public static AuditRecord Of(HttpContext http)
    {
        if (http.Features.Get<AuditRecord>() is not { } record)
        {
            http.Features.Set(record = new AuditRecord());
        }

        return record;
    }

    /// <param name="accounts">Those named, or what the caller reaches; with commas.</param>
    /// <param name="parameters">Their names.</param>
    public void Asks(string accounts, IEnumerable<string> parameters)
    {
        lock (_lock)
        {
            _accounts.UnionWith(accounts.Split(','));
            _parameters.UnionWith(parameters);
        }
    }
}
