using Npgsql;

namespace CdrApi.Database;

/// <summary>Something that must hold of the database before the service answers.</summary>
internal interface IStartupCheck
{
    /// <exception cref="StartupCheckException">It does not hold; the message says what to do.</exception>
    Task RunAsync(NpgsqlConnection connection, CancellationToken cancellation);
}

internal sealed class StartupCheckException(string message) : Exception(message);
