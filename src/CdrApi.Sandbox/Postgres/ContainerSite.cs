using Docker.DotNet;
using DotNet.Testcontainers.Builders;
using DotNet.Testcontainers.Configurations;
using DotNet.Testcontainers.Networks;

namespace CdrSandbox.Postgres;

/// <summary>Servers in containers, one each, that share a network.</summary>
internal sealed class ContainerSite(INetwork network) : Site
{
    private const string Image = "postgres:15";

    public static async Task<ContainerSite> CreateAsync(CancellationToken cancellationToken)
    {
        await DockerEngine.AdoptItsVersionAsync(cancellationToken);
        // The sandbox removes what it starts, so Testcontainers' privileged reaper container is not needed.
        TestcontainersSettings.ResourceReaperEnabled = false;
        try
        {
            var network = new NetworkBuilder().WithLogger(Silent).Build();
            await network.CreateAsync(cancellationToken);
            return new ContainerSite(network);
        }
        catch (Exception e) when (e is DockerUnavailableException or HttpRequestException)
        {
            throw new SandboxException($"No Docker engine answers: {e.GetBaseException().Message.Trim()}");
        }
    }

    public override async Task<Machine> AddMachineAsync(string name, CancellationToken cancellationToken)
    {
        // Not the image's own start-up: the steps are those of a local server, run by the same code.
        var container = new ContainerBuilder(Image)
            .WithLogger(Silent)
            .WithNetwork(network)
            .WithNetworkAliases(name)
            .WithPortBinding(ContainerMachine.Port, assignRandomHostPort: true)
            .WithEntrypoint("sh", "-c", "trap 'exit 0' TERM; sleep infinity & wait")
            .WithCreateParameterModifier(container =>
            {
                container.User = "postgres";
                container.HostConfig!.ShmSize = 1 << 30;
            })
            .Build();
        try
        {
            await container.StartAsync(cancellationToken);
            return await ContainerMachine.CreateAsync(container, name, cancellationToken);
        }
        catch (Exception e)
        {
            await container.DisposeAsync();
            if (e is DockerApiException)
                throw new SandboxException($"Docker cannot run the image {Image}: {e.Message.Trim()}");
            throw;
        }
    }

    public override ValueTask DisposeAsync() => network.DisposeAsync();

    private static Microsoft.Extensions.Logging.ILogger Silent => Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance;
}
