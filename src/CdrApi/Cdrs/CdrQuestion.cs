using CdrApi.Database;
using CdrApi.Http;
using CdrApi.Security;

namespace CdrApi.Cdrs;

/// <summary>A request for CDRs or figures of them, before it is understood.</summary>
/// <param name="From">Its parameters; collects the faults.</param>
/// <param name="Range">Its dates, which have been read.</param>
/// <param name="Account">The account of the path, where it names one.</param>
/// <param name="Caller">Whose it is.</param>
/// <param name="Source">The source as the caller sees it.</param>
/// <param name="Reference">Knows what stands for a country or a protocol.</param>
internal sealed record CdrQuestion(
    QueryReader From, CdrRange Range, string? Account, Caller Caller, CdrSource Source, ReferenceSnapshot Reference);
