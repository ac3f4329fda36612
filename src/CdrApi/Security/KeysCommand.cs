using System.CommandLine;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.Extensions.Options;

namespace CdrApi.Security;

/// <summary><c>CdrApi keys new</c> and <c>CdrApi keys list</c>: mints keys and shows which there are. Nothing is stored.</summary>
internal static class KeysCommand
{
    private static readonly JsonSerializerOptions Json = new()
    {
        WriteIndented = true,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    public static int Run(string[] args, IConfiguration configuration, IReadOnlyList<IValidateOptions<SecurityOptions>> rules)
    {
        var keys = new Command("keys", "API keys.") { New(rules), List(configuration, [.. rules, new SecurityShape(configuration)]) };
        return new RootCommand("CdrApi. Without a command it serves; docs/configuration.md has the settings.") { keys }.Parse(args).Invoke();
    }

    private static Command New(IReadOnlyList<IValidateOptions<SecurityOptions>> rules)
    {
        var id = new Option<string>("--id") { Description = "Stands in the log: letters, digits and hyphens, at most 64.", Required = true };
        var scopes = Several<string>("--scope", "cdrs:read (default), cdrs:read:all or ops:read.");
        var accounts = Several<long>("--account", "With cdrs:read: an account (i_account) that the key reaches.");
        var customers = Several<long>("--customer", "With cdrs:read: a customer (i_customer) whose accounts, and those below it, the key reaches.");
        var expires = new Option<string?>("--expires") { Description = "A date or date-time from which the key is refused, such as 2027-12-31." };
        var networks = Several<string>("--network", "A network that the key may be used from, such as 192.0.2.0/24.");
        var hidden = Several<string>("--hide", "A field that the key does not see, such as cost.");
        var masked = Several<string>("--mask", "A text field whose last four digits the key sees as *, such as cld.");
        var command = new Command("new", "Mints a key, and prints it this once with the configuration to paste.") { id, scopes, accounts, customers, expires, networks, hidden, masked };
        command.SetAction(given =>
        {
            var text = CredentialText.ApiKey.New(given.GetRequiredValue(id));
            var key = new ApiKeyOptions
            {
                Id = given.GetRequiredValue(id),
                Sha256 = Convert.ToHexStringLower(CredentialText.HashOf(text)),
                Scopes = given.GetValue(scopes) is { Length: > 0 } named ? [.. named] : [Scopes.CdrsRead],
                Accounts = [.. given.GetValue(accounts) ?? []],
                Customers = [.. given.GetValue(customers) ?? []],
                Expires = given.GetValue(expires),
                Networks = [.. given.GetValue(networks) ?? []],
                HiddenFields = [.. given.GetValue(hidden) ?? []],
                MaskedFields = [.. given.GetValue(masked) ?? []],
            };
            if (FaultsOf(new SecurityOptions { ApiKeys = [key] }, rules) is { Count: > 0 } faults)
            {
                foreach (var fault in faults)
                {
                    Console.Error.WriteLine(fault.Replace("Security:ApiKeys:0", "The key", StringComparison.Ordinal));
                }

                return 1;
            }

            Console.WriteLine(text);
            Console.WriteLine();
            Console.WriteLine("That is the key, for the caller; it is not shown again. For the service, in Security:ApiKeys:");
            Console.WriteLine();
            Console.WriteLine(JsonSerializer.Serialize(key, Json));
            return 0;
        });
        return command;
    }

    private static Command List(IConfiguration configuration, IReadOnlyList<IValidateOptions<SecurityOptions>> rules)
    {
        var command = new Command("list", "Shows the configured keys, without their hashes.");
        command.SetAction(_ =>
        {
            var options = configuration.GetSection(SecurityOptions.Section).Get<SecurityOptions>() ?? new SecurityOptions();
            if (FaultsOf(options, rules) is { Count: > 0 } faults)
            {
                Console.Error.WriteLine(string.Join(' ', faults));
                return 1;
            }

            foreach (var key in options.ApiKeys.Select(ApiKey.From))
            {
                string[] facts =
                [
                    string.Join(' ', key.Scopes),
                    key.Accounts.Count == 0 ? "" : "accounts " + string.Join(' ', key.Accounts),
                    key.Customers.Count == 0 ? "" : "customers " + string.Join(' ', key.Customers),
                    key.Expires is not { } end ? "" : string.Create(CultureInfo.InvariantCulture,
                        $"{(key.IsExpired(TimeProvider.System.GetUtcNow()) ? "expired" : "expires")} {end.UtcDateTime:yyyy-MM-dd HH:mm:ss}Z"),
                    key.Networks.Count == 0 ? "" : "from " + string.Join(' ', key.Networks),
                    key.HiddenFields.Count == 0 ? "" : "without " + string.Join(' ', key.HiddenFields),
                    key.MaskedFields.Count == 0 ? "" : "masked " + string.Join(' ', key.MaskedFields),
                ];
                Console.WriteLine($"{key.Id}: {string.Join(", ", facts.Where(f => f.Length > 0))}");
            }

            return 0;
        });
        return command;
    }

    private static List<string> FaultsOf(SecurityOptions options, IReadOnlyList<IValidateOptions<SecurityOptions>> rules) =>
        [.. rules.Select(rule => rule.Validate(Options.DefaultName, options)).Where(r => r.Failed).SelectMany(r => r.Failures!)];

    private static Option<T[]> Several<T>(string name, string description) => new(name) { Description = description + " May be repeated." };
}
