using System.Net.Sockets;
using Npgsql;

namespace CdrApi.Database;

/// <summary>What a failed query means. NpgsqlException.IsTransient is no guide: it is true for timeouts and a full pool.</summary>
internal static class SqlErrors
{
    /// <summary>For the log: a SQLSTATE or a kind of exception, never a message, which may hold data.</summary>
    public static string Cause(Exception e) => e switch
    {
        NoReplicaException { InnerException: { } inner } => Cause(inner),
        PostgresException p => p.SqlState,
        _ => (e.InnerException ?? e).GetType().Name,
    };

    /// <summary>The same question may be asked again: a recovery conflict, a restart, a lost connection.</summary>
    public static bool IsRetryable(Exception e) => e switch
    {
        NoReplicaException or TooStaleException or LaneFullException or PromotedException => true,
        PostgresException p => p.SqlState is "40001" or "40P01" or "57P01" or "57P02" or "57P03" or "57P05"
            || p.SqlState.StartsWith("08", StringComparison.Ordinal),
        NpgsqlException n => n.InnerException is IOException or SocketException or EndOfStreamException,
        _ => false,
    };

    /// <summary>The pool stayed full, or the server silent, for the whole ConnectTimeout.</summary>
    public static bool IsConnectTimeout(Exception e) =>
        e is NoReplicaException { InnerException: NpgsqlException { InnerException: TimeoutException } };

    /// <summary>Asking again would only wait again: before the first byte, the caller is told at once.</summary>
    public static bool HasWaited(Exception e) => e is TooStaleException or LaneFullException || IsConnectTimeout(e);

    /// <summary>The server's statement_timeout ended the query, or the server fell silent for longer than that.</summary>
    public static bool IsQueryTimeout(Exception e) =>
        e is PostgresException { SqlState: PostgresErrorCodes.QueryCanceled }
        or NpgsqlException { InnerException: TimeoutException };
}
