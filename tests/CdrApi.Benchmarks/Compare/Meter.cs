using System.Globalization;
using CdrSandbox;

namespace CdrApi.Benchmarks.Compare;

/// <summary>What a run costs the server and the database, while the client does its work.</summary>
internal sealed class Meter
{
    private readonly ContenderServer? _server;
    private readonly ProcessMemory? _memory;
    private readonly int _postmaster;

    public Meter(ContenderServer? server, Sandbox sandbox)
    {
        _server = server;
        _memory = server is null ? null : new ProcessMemory(server.ProcessId);
        _postmaster = int.Parse(File.ReadLines($"{sandbox.Standbys[0].DataDirectory}/postmaster.pid").First(), CultureInfo.InvariantCulture);
    }

    /// <param name="work">The client's work, which gives what it saw itself.</param>
    public async Task<Run> MeasureAsync(Func<Task<Run>> work)
    {
        _memory?.ResetPeak();
        var (resident, server, database) = (_memory?.Resident, ServerTime(), ProcessorTime.OfServer(_postmaster));
        var run = await work();
        return run with
        {
            ServerSeconds = ServerTime() - server,
            DatabaseSeconds = ProcessorTime.OfServer(_postmaster) - database,
            PeakMemory = _memory?.Peak,
            MemoryGrowth = _memory?.Peak - resident,
        };
    }

    private double? ServerTime() => _server is null ? null : ProcessorTime.Of(_server.ProcessId);
}
