using CdrSandbox;

if (CommandLine.AsksForHelp(args))
{
    Console.WriteLine(CommandLine.Help);
    return 0;
}

using var stop = new StopSignal();
try
{
    var options = CommandLine.Parse(args);
    await using var sandbox = await Sandbox.StartAsync(options, Console.Error, stop.Token);
    if (options.EnvFile is { } envFile)
        EnvFile.Write(envFile, sandbox);
    Console.WriteLine(Welcome.Text(sandbox));

    await stop.WaitAsync();
    Console.Error.WriteLine("Stopping.");
    return 0;
}
catch (FormatException e)
{
    Console.Error.WriteLine(e.Message);
    return 2;
}
catch (SandboxException e)
{
    Console.Error.WriteLine(e.Message);
    return 1;
}
catch (OperationCanceledException) when (stop.Token.IsCancellationRequested)
{
    Console.Error.WriteLine("Stopped before it was ready.");
    return 0;
}
