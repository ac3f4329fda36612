using System.Runtime.InteropServices;
using CdrApi.Benchmarks;
using CdrApi.Benchmarks.Compare;
using CdrApi.Benchmarks.Compare.Contenders;
using CdrSandbox;

if (args is [] or ["--help" or "-h", ..] || args[1..].Any(arg => arg is "--help" or "-h"))
{
    Console.WriteLine(BenchmarkOptions.Help);
    return 0;
}

if (args is ["dapper-server"])
{
    await DapperServer.RunAsync([]);
    return 0;
}

// A first signal ends the benchmark, which stops all that it started before the process ends.
using var stop = new CancellationTokenSource();
void Stop(PosixSignalContext context)
{
    context.Cancel = true;
    stop.Cancel();
}

using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
using var hangUp = PosixSignalRegistration.Create(PosixSignal.SIGHUP, Stop);
try
{
    Func<BenchmarkOptions, CancellationToken, Task> run = args[0] switch
    {
        "main" => MainBenchmark.RunAsync,
        "answers" => AnswersBenchmark.RunAsync,
        "memory" => MemoryBenchmark.RunAsync,
        "lanes" => LanesBenchmark.RunAsync,
        "soak" => SoakBenchmark.RunAsync,
        "keys" => KeysBenchmark.RunAsync,
        "compare" => CompareBenchmark.RunAsync,
        _ => throw new FormatException($"Unknown benchmark {args[0]}. --help lists them."),
    };
    await run(BenchmarkOptions.Parse(args[1..]), stop.Token);
    return 0;
}
catch (FormatException e)
{
    Console.Error.WriteLine(e.Message);
    return 2;
}
// Ctrl-C on a terminal reaches curl, psql and the API as well, so any of them may be what fails first.
catch (Exception e) when (stop.IsCancellationRequested && e is OperationCanceledException or SandboxException)
{
    Console.Error.WriteLine("Stopped.");
    return 130;
}
catch (SandboxException e)
{
    Console.Error.WriteLine(e.Message);
    return 1;
}
