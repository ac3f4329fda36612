namespace CdrApi.Cdrs;

/// <summary>One question: which CDRs, in what order, which fields of them.</summary>
internal sealed record CdrQuery(CdrFilter Filter, CdrOrder Order, CdrSelection Selection);
