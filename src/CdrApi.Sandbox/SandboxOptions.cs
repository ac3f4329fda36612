namespace CdrSandbox;

/// <summary>What the command line says, see <see cref="CommandLine.Help"/>, and what only tests ask for.</summary>
public sealed record SandboxOptions
{
    public long Rows { get; init; } = 200_000;

    public int Accounts { get; init; } = 200;

    public double CallsPerSecond { get; init; } = 5;

    public int Standbys { get; init; } = 1;

    public int Port { get; init; } = 3001;

    public int Seed { get; init; } = 1;

    public bool StartApi { get; init; } = true;

    public string? EnvFile { get; init; }

    /// <summary>Directory of the server programs; null = as found.</summary>
    public string? PgBin { get; init; }

    /// <summary>How far the primary's clock is ahead, by libfaketime; null = it is right.</summary>
    public TimeSpan? PrimaryClockOffset { get; init; }
}
