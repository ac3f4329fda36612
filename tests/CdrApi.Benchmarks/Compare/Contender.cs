namespace CdrApi.Benchmarks.Compare;

/// <summary>One way to answer, as clients use it. What it has no way to do is null.</summary>
/// <param name="Name">Of <see cref="ContenderNames"/>.</param>
internal sealed record Contender(string Name)
{
    /// <summary>Null where PostgreSQL answers itself.</summary>
    public ContenderServer? Server { get; init; }

    /// <summary>Starts another one.</summary>
    public Func<CancellationToken, Task<ContenderServer>>? StartServer { get; init; }

    /// <summary>The command that writes so many CDRs, of one account or of all, to stdout; its server is at that address.</summary>
    public Func<Uri, int, long?, IReadOnlyList<string>>? List { get; init; }

    /// <summary>What stands once in each row of a list. Null where the command says itself how many there were; empty where it cannot be told.</summary>
    public string? RowMark { get; init; } = "\"i_cdr\":";

    /// <summary>The command that writes the statistics to stdout.</summary>
    public Func<Uri, IReadOnlyList<string>>? Statistics { get; init; }

    /// <summary>The newest 100 CDRs of an account.</summary>
    public PageSource? AccountPage { get; init; }

    /// <summary>The newest 100 of all accounts.</summary>
    public PageSource? FirstPage { get; init; }

    /// <summary>100 of all accounts, far down.</summary>
    public PageSource? DeepPage { get; init; }
}

/// <summary>Where a page comes from: from the contender's server, or from PostgreSQL itself by pgbench.</summary>
/// <param name="Request">To the server.</param>
/// <param name="Sql">For pgbench, with :account for an account's id.</param>
internal sealed record PageSource(PageRequest? Request = null, string? Sql = null);
