using CdrApi.Database;
using CdrApi.Http;

namespace CdrApi.Cdrs;

/// <summary>The part of a question that says which CDRs are meant, bound and checked.</summary>
/// <param name="Filter">What was understood; of no use where the reader has faults.</param>
/// <param name="Terms">What its reads ask of a standby.</param>
/// <param name="Allowed">Whether the caller may see every account that it names.</param>
internal sealed record CdrFilterRequest(CdrFilter Filter, ReadTerms Terms, bool Allowed)
{
    /// <param name="question">Its reader collects the faults; its caller narrows the filter to what the caller may see.</param>
    /// <param name="unnamed">The type where none is named.</param>
    public static CdrFilterRequest Read(CdrQuestion question, CdrType unnamed)
    {
        var (from, caller) = (question.From, question.Caller);
        var named = question.Account is { } account ? ReadPathAccount(from, account) : ReadAccounts(from);
        var type = from.Word(CdrParameters.Type, CdrTypes.Names) is { } text && CdrTypes.TryParse(text, out var known) ? known : unnamed;
        var accounts = named is null ? caller.Reach : string.Join(',', named);
        caller.Audit.Asks(accounts, from.Given);
        var filter = new CdrFilter
        {
            Start = question.Range.Start,
            End = question.Range.End,
            Accounts = caller.Narrow(named),
            AccountsIdentity = accounts,
            Type = type,
            Conditions = [.. ReadConditions(question)],
        };
        foreach (var highest in filter.Conditions.OfType<Between>().Where(b => b.Highest is not null))
        {
            if (filter.Conditions.OfType<Between>().Any(b => b.Field == highest.Field && b.Lowest > highest.Highest))
            {
                from.Fault("max_" + highest.Field, $"Must be at least min_{highest.Field}.");
            }
        }

        var terms = new ReadTerms(caller.Accounts, caller.Credential, ReadStaleness(from), Lane.Page);
        return new CdrFilterRequest(filter, terms, named is null || named.All(caller.MaySee));
    }

    private static TimeSpan? ReadStaleness(QueryReader from)
    {
        var seconds = from.Decimal(CdrParameters.MaxStaleness);
        if (seconds is < 0 or > CdrParameters.HighestStaleness)
        {
            from.Fault(CdrParameters.MaxStaleness, $"Must be seconds from 0 to {CdrParameters.HighestStaleness}.");
            return null;
        }

        return seconds is null ? null : TimeSpan.FromSeconds((double)seconds);
    }

    private static List<long> ReadPathAccount(QueryReader from, string text)
    {
        if (QueryReader.TryParseId(text, out var id))
        {
            return [id];
        }

        from.Fault(CdrParameters.Account, "Must be a whole number from 0 to 9223372036854775807.");
        return [];
    }

    private static List<long>? ReadAccounts(QueryReader from)
    {
        if (from.Many(CdrParameters.Account) is not { } texts)
        {
            return null;
        }

        var accounts = new SortedSet<long>();
        foreach (var text in texts)
        {
            if (NumberText.TryParseInteger(text, out var id) && id >= 0)
            {
                accounts.Add(id);
            }
            else
            {
                from.Fault(CdrParameters.Account, "Must be whole numbers from 0 to 9223372036854775807.");
            }
        }

        return [.. accounts];
    }

    private static IEnumerable<CdrCondition> ReadConditions(CdrQuestion question)
    {
        foreach (var parameter in CdrFilterParameters.All)
        {
            if (question.Source.Find(parameter.Field) is not { } field)
            {
                continue;
            }

            if (field.IsMasked && question.From.Given.Contains(parameter.Name, StringComparer.Ordinal))
            {
                // Filters would tell, digit by digit, what the mask hides.
                question.From.Fault(parameter.Name, $"{parameter.Field} is masked for this credential, so that it cannot be filtered by.");
            }
            else if (CdrConditionRequest.Read(question.From, parameter, field, question.Reference) is { } condition)
            {
                yield return condition;
            }
        }
    }
}
