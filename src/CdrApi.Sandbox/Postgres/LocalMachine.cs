using System.Diagnostics;
using System.Net;

namespace CdrSandbox.Postgres;

/// <summary>A directory and a port of this machine.</summary>
internal sealed class LocalMachine(string directory, string binDirectory, ServerUser? user) : Machine
{
    private readonly DnsEndPoint _address = new("127.0.0.1", FreePort.Next());

    public override string Directory => directory;

    public override string BinDirectory => binDirectory;

    public override DnsEndPoint Listen => _address;

    public override DnsEndPoint Inside => _address;

    public override DnsEndPoint Outside => _address;

    public override bool HasBaseBackup { get; } = File.Exists(Path.Combine(binDirectory, "pg_basebackup"));

    public override async Task<CommandResult> RunAsync(
        string program, string[] arguments, IReadOnlyDictionary<string, string> environment,
        CancellationToken cancellationToken)
    {
        // By env: what a preloaded library makes must belong to the program's user, so it is not for setpriv's start.
        var variables = environment.Select(variable => $"{variable.Key}={variable.Value}");
        string[] command =
            [.. user?.Prefix ?? [], "env", .. variables, Path.Combine(binDirectory, program), .. arguments];
        var start = new ProcessStartInfo(command[0], command[1..])
        {
            WorkingDirectory = directory,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        // PGDATA, PGHOST and the like of whoever starts the sandbox are not meant for it.
        foreach (var name in start.Environment.Keys.Where(name => name.StartsWith("PG", StringComparison.Ordinal)).ToList())
            start.Environment.Remove(name);
        start.Environment["LC_ALL"] = "C";

        using var process = Process.Start(start)!;
        try
        {
            var output = process.StandardOutput.ReadToEndAsync(cancellationToken);
            var errors = process.StandardError.ReadToEndAsync(cancellationToken);
            await process.WaitForExitAsync(cancellationToken);
            return new CommandResult(process.ExitCode, await output + await errors);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }
    }

    public override async Task WriteAsync(string path, string text, CancellationToken cancellationToken)
    {
        await using (var file = new StreamWriter(path, new FileStreamOptions
        {
            Mode = FileMode.Create,
            Access = FileAccess.Write,
            UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
        }))
        {
            await file.WriteAsync(text.AsMemory(), cancellationToken);
        }
        user?.Own(path);
    }

    public override ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
