using System.Collections.ObjectModel;
using System.Net;

namespace CdrSandbox.Postgres;

/// <summary>Where one server lives: a directory and a port of this machine, or a container.</summary>
public abstract class Machine : IAsyncDisposable
{
    /// <summary>An empty directory that belongs to the server's user.</summary>
    public abstract string Directory { get; }

    /// <summary>The PostgreSQL programs, when they can be run from this process.</summary>
    public abstract string? BinDirectory { get; }

    /// <summary>What the server listens on.</summary>
    public abstract DnsEndPoint Listen { get; }

    /// <summary>How other servers of the sandbox reach it.</summary>
    public abstract DnsEndPoint Inside { get; }

    /// <summary>How this process reaches it.</summary>
    public abstract DnsEndPoint Outside { get; }

    /// <summary>Whether it can copy a running server.</summary>
    public virtual bool HasBaseBackup => true;

    /// <summary>Runs a PostgreSQL program, or one named by its full path, as the server's user.</summary>
    public Task<CommandResult> RunAsync(string program, string[] arguments, CancellationToken cancellationToken) =>
        RunAsync(program, arguments, ReadOnlyDictionary<string, string>.Empty, cancellationToken);

    /// <summary>The same, with variables added to its environment.</summary>
    public abstract Task<CommandResult> RunAsync(
        string program, string[] arguments, IReadOnlyDictionary<string, string> environment,
        CancellationToken cancellationToken);

    /// <summary>Writes a file below <see cref="Directory"/> that only the server's user can read.</summary>
    public abstract Task WriteAsync(string path, string text, CancellationToken cancellationToken);

    public abstract ValueTask DisposeAsync();

    public Task RequireAsync(string program, string[] arguments, CancellationToken cancellationToken) =>
        RequireAsync(program, arguments, ReadOnlyDictionary<string, string>.Empty, cancellationToken);

    public async Task RequireAsync(
        string program, string[] arguments, IReadOnlyDictionary<string, string> environment,
        CancellationToken cancellationToken)
    {
        var result = await RunAsync(program, arguments, environment, cancellationToken);
        cancellationToken.ThrowIfCancellationRequested();
        if (result.ExitCode != 0)
            throw new SandboxException($"{program} failed with exit code {result.ExitCode}:\n{result.Output}");
    }
}
