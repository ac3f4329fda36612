namespace CdrApi.Cdrs;

/// <summary>Always by (connect_time, i_cdr); one is the exact reverse of the other.</summary>
internal enum CdrOrder
{
    /// <summary>Newest first; CDRs without a connect_time last.</summary>
    Desc,

    /// <summary>Oldest first; CDRs without a connect_time first.</summary>
    Asc,
}
