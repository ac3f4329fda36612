using Npgsql;

namespace CdrSandbox.Sippy;

/// <summary>Fills an empty Sippy database.</summary>
internal static class SampleData
{
    // Numbered from 1.
    private static readonly string[] Protocols = ["SIP", "H.323", "IAX2", "Calling Card PIN"];

    public static void CopyReference(NpgsqlDataSource database, Subscribers subscribers)
    {
        using var connection = database.OpenConnection();
        Copy("customers (i_customer, name, i_wholesaler)", subscribers.Customers, (row, customer) =>
        {
            row.Add(customer.Id);
            row.Add(customer.Name);
            row.Add(customer.Wholesaler?.Id);
        });
        Copy("accounts (i_account, username, i_customer)", subscribers.Accounts, (row, account) =>
        {
            row.Add(account.Id);
            row.Add(account.Username);
            row.Add(account.Customer.Id);
        });
        Copy("countries (iso, name)", NumberingPlan.Countries, (row, country) =>
        {
            row.Add(country.Key);
            row.Add(country.Value);
        });
        Copy("destinations (prefix, country_iso, description)", NumberingPlan.Destinations, (row, destination) =>
        {
            row.Add(destination.Prefix);
            row.Add(destination.CountryIso);
            row.Add(destination.Description);
        });
        Copy("protocols (i_protocol, name)", Protocols.Index(), (row, protocol) =>
        {
            row.Add((short?)(protocol.Index + 1));
            row.Add(protocol.Item);
        });

        void Copy<T>(string table, IEnumerable<T> items, Action<NpgsqlBinaryImporter, T> write)
        {
            using var rows = connection.BeginBinaryImport($"COPY {table} FROM STDIN (FORMAT BINARY)");
            foreach (var item in items)
            {
                rows.StartRow();
                write(rows, item);
            }
            rows.Complete();
        }
    }

    /// <summary>Streams calls into their tables side by side, a connection each, so that none is held in memory.</summary>
    public static void CopyCalls(NpgsqlDataSource database, IEnumerable<Call> calls, long cdrCount, ProgressBar progress, CancellationToken cancellationToken)
    {
        using var c1 = database.OpenConnection();
        using var c2 = database.OpenConnection();
        using var c3 = database.OpenConnection();
        using var c4 = database.OpenConnection();
        using var callRows = c1.BeginBinaryImport(CallTables.CopyCalls);
        using var cdrRows = c2.BeginBinaryImport(CallTables.CopyCdrs);
        using var attemptRows = c3.BeginBinaryImport(CallTables.CopyAttempts);
        using var chargeRows = c4.BeginBinaryImport(CallTables.CopyCharges);
        NpgsqlBinaryImporter[] imports = [callRows, cdrRows, attemptRows, chargeRows];
        foreach (var import in imports)
            import.Timeout = TimeSpan.FromMinutes(10);

        var written = 0L;
        foreach (var call in calls)
        {
            if (written >= cdrCount)
                break;
            cancellationToken.ThrowIfCancellationRequested();

            CallTables.Write(callRows, call);
            foreach (var cdr in call.Cdrs.Take((int)Math.Min(2, cdrCount - written)))
            {
                CallTables.Write(cdrRows, cdr);
                written++;
            }
            foreach (var attempt in call.Attempts)
                CallTables.Write(attemptRows, attempt);
            foreach (var charge in call.Charges)
                CallTables.Write(chargeRows, charge);
            progress.Report(written);
        }
        foreach (var import in imports)
            import.Complete();
    }
}
