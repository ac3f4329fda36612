namespace CdrApi.Database;

/// <summary>Which accounts stand below which customers: a customer's own, and those of every customer that buys from it.</summary>
internal sealed class AccountTree
{
    private readonly ILookup<long, long> _accounts;
    private readonly ILookup<long, long> _resold;

    /// <param name="customers">Each with the customer it buys from.</param>
    /// <param name="accounts">Each with the customer it belongs to.</param>
    public AccountTree(IEnumerable<(long Customer, long Wholesaler)> customers, IEnumerable<(long Account, long Customer)> accounts)
    {
        _resold = customers.ToLookup(c => c.Wholesaler, c => c.Customer);
        _accounts = accounts.ToLookup(a => a.Customer, a => a.Account);
    }

    /// <summary>In no order, each once.</summary>
    public IEnumerable<long> AccountsBelow(IEnumerable<long> customers)
    {
        var found = new HashSet<long>(customers);
        var open = new Queue<long>(found);
        while (open.TryDequeue(out var customer))
        {
            foreach (var account in _accounts[customer])
            {
                yield return account;
            }

            // Found before: a circle, or named and below another one.
            foreach (var below in _resold[customer].Where(found.Add))
            {
                open.Enqueue(below);
            }
        }
    }
}
