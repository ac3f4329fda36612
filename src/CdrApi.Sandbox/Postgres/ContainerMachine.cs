using System.Net;
using DotNet.Testcontainers.Containers;

namespace CdrSandbox.Postgres;

/// <summary>A container that runs whatever it is told to, as the image's user postgres.</summary>
internal sealed class ContainerMachine : Machine
{
    public const int Port = 5432;
    private readonly IContainer _container;
    private readonly string _binDirectory;

    private ContainerMachine(IContainer container, string name, string binDirectory)
    {
        _container = container;
        _binDirectory = binDirectory;
        Inside = new DnsEndPoint(name, Port);
        Outside = new DnsEndPoint(container.Hostname, container.GetMappedPublicPort(Port));
    }

    public override string Directory => "/var/lib/postgresql/sandbox";

    // In the container, so of no use to this process.
    public override string? BinDirectory => null;

    public override DnsEndPoint Listen { get; } = new("*", Port);

    public override DnsEndPoint Inside { get; }

    public override DnsEndPoint Outside { get; }

    public static async Task<ContainerMachine> CreateAsync(IContainer container, string name, CancellationToken cancellationToken)
    {
        const string FindBinaries = "dirname \"$(command -v initdb || ls -d /usr/lib/postgresql/*/bin/initdb | sort -V | tail -n 1)\"";
        var found = await container.ExecAsync(["sh", "-c", FindBinaries], cancellationToken);
        var machine = new ContainerMachine(container, name, found.Stdout.Trim());
        await container.ExecAsync(["mkdir", "-m", "700", machine.Directory], cancellationToken);
        return machine;
    }

    public override async Task<CommandResult> RunAsync(
        string program, string[] arguments, IReadOnlyDictionary<string, string> environment,
        CancellationToken cancellationToken)
    {
        var variables = environment.Select(variable => $"{variable.Key}={variable.Value}");
        string[] command = ["env", .. variables, $"{_binDirectory}/{program}", .. arguments];
        var result = await _container.ExecAsync(command, cancellationToken);
        return new CommandResult(result.ExitCode ?? -1, result.Stdout + result.Stderr);
    }

    public override async Task WriteAsync(string path, string text, CancellationToken cancellationToken) =>
        await _container.ExecAsync(["sh", "-c", "umask 077; printf %s \"$1\" >\"$2\"", "sh", text, path], cancellationToken);

    public override ValueTask DisposeAsync() => _container.DisposeAsync();
}
