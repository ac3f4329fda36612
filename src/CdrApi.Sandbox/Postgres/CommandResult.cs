namespace CdrSandbox.Postgres;

public sealed record CommandResult(long ExitCode, string Output);
