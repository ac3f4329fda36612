using Microsoft.Extensions.Options;
using Npgsql;

namespace CdrApi.Database;

/// <summary>How the service reaches its standbys. Section <c>Database</c>.</summary>
public sealed class DatabaseOptions
{
    public const string Section = "Database";

    /// <summary>
    /// An Npgsql connection string. <c>Host</c> names one standby or several, comma-separated, each
    /// <c>host</c> or <c>host:port</c>. Never name the primary. Required.
    /// </summary>
    public string ConnectionString { get; set; } = "";

    internal string[] Hosts => new NpgsqlConnectionStringBuilder(ConnectionString).Host?
        .Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) ?? [];

    /// <summary>Connections this process may hold to one standby, its monitor's included. 2 to 1000, default 20.</summary>
    public int MaxConnections { get; set; } = 20;

    /// <summary>How long a request waits for a connection before its 503. 1 to 60 seconds, default 5.</summary>
    public TimeSpan ConnectTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// The standby's own statement_timeout for every query: past it the caller gets 504.
    /// 1 second to 1 hour, default 10 minutes.
    /// </summary>
    public TimeSpan QueryTimeout { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>
    /// How long a download in progress asks for its next slice again when standbys fail, before its body is
    /// aborted. 0 to 10 minutes, default 30 seconds.
    /// </summary>
    public TimeSpan RetryBudget { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How often destinations, countries and protocols are read again. 1 second to 1 day, default 5 minutes.</summary>
    public TimeSpan ReferenceDataRefresh { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>
    /// Whether to set the caller's accounts on the session of each query, for the policies of deploy/postgres/primary/row-level-security.sql.
    /// Default false.
    /// </summary>
    public bool RowLevelSecurity { get; set; }
}

internal sealed class DatabaseOptionsValidator : IValidateOptions<DatabaseOptions>
{
    public ValidateOptionsResult Validate(string? name, DatabaseOptions options)
    {
        var faults = new List<string>();
        if (string.IsNullOrWhiteSpace(options.ConnectionString))
        {
            faults.Add("Database:ConnectionString is missing. Set it, for instance by the environment variable "
                + "Database__ConnectionString=\"Host=standby;Database=sippy;Username=cdr_reader;Passfile=/etc/cdrapi/pgpass\".");
        }
        else
        {
            CheckConnectionString(options, faults);
        }

        Check(options.MaxConnections is >= 2 and <= 1000, "MaxConnections must be 2 to 1000.");
        Check(Within(options.ConnectTimeout, 1, 60), "ConnectTimeout must be 00:00:01 to 00:01:00.");
        Check(Within(options.QueryTimeout, 1, 3600), "QueryTimeout must be 00:00:01 to 01:00:00.");
        Check(Within(options.RetryBudget, 0, 600), "RetryBudget must be 00:00:00 to 00:10:00.");
        Check(Within(options.ReferenceDataRefresh, 1, 86400), "ReferenceDataRefresh must be 00:00:01 to 1.00:00:00.");
        return faults.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(faults);

        void Check(bool good, string fault)
        {
            if (!good)
            {
                faults.Add("Database:" + fault);
            }
        }
    }

    private static void CheckConnectionString(DatabaseOptions options, List<string> faults)
    {
        try
        {
            var parts = new NpgsqlConnectionStringBuilder(options.ConnectionString);
            foreach (var (given, part) in new[] { (options.Hosts.FirstOrDefault(), "Host"), (parts.Database, "Database"), (parts.Username, "Username") })
            {
                if (string.IsNullOrWhiteSpace(given))
                {
                    faults.Add($"Database:ConnectionString names no {part}. Add {part}=… to it.");
                }
            }
        }
        catch (ArgumentException e)
        {
            faults.Add($"Database:ConnectionString cannot be read: {e.Message}");
        }
    }

    private static bool Within(TimeSpan value, int lowestSeconds, int highestSeconds) =>
        value >= TimeSpan.FromSeconds(lowestSeconds) && value <= TimeSpan.FromSeconds(highestSeconds);
}
