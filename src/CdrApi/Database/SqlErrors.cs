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

    /// <summary>
    /// The same question may be asked again: a recovery conflict, a restart, a lost connection, a plan from before a change of the table, a server
    /// that is short of something.
    /// </summary>
    public static bool IsRetryable(Exception e) => e switch
    {
        NoReplicaException or TooStaleException or LaneFullException or PromotedException => true,
        PostgresException p => p.SqlState is "40001" or "40P01" or "57P01" or "57P02" or "57P03" or "57P05"
            || p.SqlState.StartsWith("08", StringComparison.Ordinal) || IsStalePlan(p) || IsShortOfResources(p),
        NpgsqlException n => n.InnerException is IOException or SocketException or EndOfStreamException,
        _ => false,
    };

    /// <summary>
    /// A table was altered since the connection prepared its statement ("cached plan must not change result type"), by the server function that
    /// says so, since its text is translated. Npgsql prepares it anew, so each connection finds out once: no pause is needed.
    /// </summary>
    public static bool IsStalePlan(Exception e) =>
        e is PostgresException { SqlState: PostgresErrorCodes.FeatureNotSupported, Routine: "RevalidateCachedQuery" };

    /// <summary>Class 53 but for a limit that was set, and class 58: no memory, no disk, no connection, a disk that fails.</summary>
    public static bool IsShortOfResources(Exception e) => e switch
    {
        NoReplicaException { InnerException: { } inner } => IsShortOfResources(inner),
        PostgresException p => (p.SqlState.StartsWith("53", StringComparison.Ordinal) || p.SqlState.StartsWith("58", StringComparison.Ordinal)) && !IsBeyondLimit(p),
        _ => false,
    };

    /// <summary>A limit that the operator set, such as temp_file_limit, or one of the server's own (class 54).</summary>
    public static bool IsBeyondLimit(Exception e) => e is PostgresException p
        && (p.SqlState == PostgresErrorCodes.ConfigurationLimitExceeded || p.SqlState.StartsWith("54", StringComparison.Ordinal));

    /// <summary>A text of the request has a character that the database's encoding lacks.</summary>
    public static bool IsUnknownCharacter(Exception e) =>
        e is PostgresException { SqlState: PostgresErrorCodes.UntranslatableCharacter or PostgresErrorCodes.CharacterNotInRepertoire };

    /// <summary>
    /// Another source than the one that was checked: a right was revoked, a table renamed, a column dropped or of another type, a table that a
    /// standby cannot read. The service's own SQL was right before.
    /// </summary>
    public static bool IsOfSource(Exception e) => e switch
    {
        // The driver's, for a column of another type.
        SourceChangedException or InvalidCastException => true,
        PostgresException p => (p.SqlState.StartsWith("42", StringComparison.Ordinal) || p.SqlState is PostgresErrorCodes.FeatureNotSupported
            or PostgresErrorCodes.ObjectNotInPrerequisiteState) && !IsStalePlan(p),
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
