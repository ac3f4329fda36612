namespace CdrApi.Cdrs;

/// <summary>
/// A list is walked in two phases, so that each follows the plain index (connect_time, i_cdr) and no CDR
/// without a connect_time is left out.
/// </summary>
internal enum CdrPhase
{
    /// <summary>CDRs with a connect_time.</summary>
    Timed,

    /// <summary>CDRs without one, by i_cdr.</summary>
    Untimed,
}
