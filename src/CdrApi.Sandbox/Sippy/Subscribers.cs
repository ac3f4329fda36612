using System.Globalization;

namespace CdrSandbox.Sippy;

/// <summary>Accounts and the customers they belong to.</summary>
internal sealed class Subscribers
{
    private static readonly string[] UserAgents =
    [
        "Asterisk PBX 18.9.0", "FreeSWITCH-mod_sofia/1.10.9", "\"Acme\" SBC/2.0 (build \"7\", rack 3)", "Sippy Softswitch 2022", "Oracle SBC",
        "Zoiper v2.10; it's 'free'", "Cisco-SIPGateway/IOS-16.9", "Grandstream GXP2170 1.0.11.3, \\line 2", "Téléphone 3000 ☎", "",
    ];

    public Subscribers(int accounts, Random random)
    {
        var customers = new List<Customer> { new(1, "Root", null) };
        for (var id = 2; id <= 2 + accounts / 8; id++)
            customers.Add(new Customer(id, string.Create(CultureInfo.InvariantCulture, $"Reseller {id}"), customers[random.Next(customers.Count)]));
        Customers = customers;

        Accounts = [.. Enumerable.Range(1, accounts).Select(id =>
        {
            var username = string.Create(CultureInfo.InvariantCulture, $"acct{id:D5}");
            return new Account(id, username, customers[random.Next(customers.Count)])
            {
                RemoteIp = Address(random),
                UserAgent = UserAgents[random.Next(UserAgents.Length)],
                Protocol = (short)(random.Next(20) switch { < 16 => 1, < 18 => 2, 18 => 3, _ => 4 }),
                CallLength = random.Next(4) switch { 0 => 8, 1 => 40, 2 => 90, _ => 180 },
                Interval1 = random.Next(3) switch { 0 => 1, 1 => 30, _ => 60 },
                IntervalN = random.Next(3) switch { 0 => 1, 1 => 6, _ => 60 },
            };
        })];

        // The first of them, in an order that the ids do not show, makes twice the calls of the second, and so on (Zipf).
        var ranking = Accounts.ToArray();
        random.Shuffle(ranking);
        Busiest = ranking[0];
        ByTraffic = new(ranking.Select((account, rank) => (account, 1d / (rank + 1))));
    }

    public IReadOnlyList<Customer> Customers { get; }

    public IReadOnlyList<Account> Accounts { get; }

    public Account Busiest { get; }

    public Weighted<Account> ByTraffic { get; }

    // The three networks set apart for documentation.
    private static string Address(Random random)
    {
        string[] networks = ["192.0.2.", "198.51.100.", "203.0.113."];
        return string.Create(CultureInfo.InvariantCulture, $"{networks[random.Next(3)]}{random.Next(1, 255)}");
    }
}
