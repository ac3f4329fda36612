namespace CdrSandbox.Postgres;

/// <summary>Where the sandbox's servers run: on this machine, or in containers that share a network.</summary>
public abstract class Site : IAsyncDisposable
{
    public abstract Task<Machine> AddMachineAsync(string name, CancellationToken cancellationToken);

    public abstract ValueTask DisposeAsync();

    public static async Task<Site> ChooseAsync(
        string workDirectory, string? binDirectory, CancellationToken cancellationToken)
    {
        if (binDirectory is not null)
        {
            const string Option = nameof(SandboxOptions.PgBin);
            return await LocalSite.CreateAsync(workDirectory, binDirectory, Option, cancellationToken);
        }

        var wanted = Environment.GetEnvironmentVariable("CDR_SANDBOX_POSTGRES");
        if (wanted is not (null or "" or "local" or "docker"))
            throw new SandboxException($"CDR_SANDBOX_POSTGRES is \"{wanted}\"; it takes local or docker.");

        if (wanted is not "docker" && Environment.GetEnvironmentVariable(BinVariable) is { Length: > 0 } named)
            return await LocalSite.CreateAsync(workDirectory, named, BinVariable, cancellationToken);
        if (wanted is not "docker" && LocalSite.FindBinaries() is { } binaries)
            return new LocalSite(workDirectory, binaries);
        if (wanted is "local")
            throw new SandboxException($"No PostgreSQL server programs on PATH or in /usr/lib/postgresql. {Install}");
        try
        {
            return await ContainerSite.CreateAsync(cancellationToken);
        }
        catch (SandboxException e) when (wanted is not "docker")
        {
            throw new SandboxException($"The sandbox needs PostgreSQL's server programs or a Docker engine, and finds neither. {Install}\n{e.Message}");
        }
    }

    private const string BinVariable = "CDR_SANDBOX_PG_BIN";

    private const string Install =
        "Install the package postgresql (Debian, Ubuntu, Homebrew) or postgresql-server (Fedora, RHEL), "
        + "version 14 or later.";
}
