using CdrApi.Database;
using CdrApi.Http;
using CdrApi.Security;

namespace CdrApi.Cdrs;

/// <summary>Reads date ranges. Local times of a zone are asked of PostgreSQL, by whose rules days are grouped.</summary>
internal sealed class CdrRanges(CdrSlices slices, TimeZoneCheck zones)
{
    public async Task<CdrRange> ReadAsync(QueryReader from, Caller caller, CancellationToken cancellation)
    {
        var zone = ReadZone(from);
        WrittenTime?[] written = [ReadTime(from, CdrParameters.StartDate), ReadTime(from, CdrParameters.EndDate)];
        var isRefused = from.Faults is not null;
        var locals = zone == TimeZoneCheck.Utc || isRefused ? [] : written.Where(t => t is { IsLocal: true }).Select(t => t!.Value.Value).ToList();
        var moments = locals.Count == 0 ? [] : new Queue<DateTime>(await slices.FirstMomentsAsync(
            zone, locals, new ReadTerms(caller.Accounts, caller.Credential, null, Lane.Page), cancellation));
        var (start, end) = (Moment(written[0]), Moment(written[1]));
        // Local times that clocks leave out are an empty range, and no fault.
        var isInOrder = written is [{ IsLocal: true } first, { IsLocal: true } last] && first.Value < last.Value;
        if (end <= start && !isInOrder && !isRefused)
        {
            from.Fault(CdrParameters.EndDate, "Must be after start_date: the range is [start_date, end_date).");
        }

        return new CdrRange(start, end, zone);

        DateTimeOffset? Moment(WrittenTime? time) => time is not { } given ? null
            : new DateTimeOffset(given.IsLocal && moments.Count > 0 ? moments.Dequeue() : given.Value, TimeSpan.Zero);
    }

    private string ReadZone(QueryReader from)
    {
        var zone = from.Single(CdrParameters.Zone);
        if (zone is null || zones.Names.Contains(zone))
        {
            return zone ?? TimeZoneCheck.Utc;
        }

        from.RefuseLostPlus(CdrParameters.Zone);
        from.Fault(CdrParameters.Zone, "Must be the name of an IANA time zone to the letter, such as Europe/Paris.");
        return TimeZoneCheck.Utc;
    }

    private static WrittenTime? ReadTime(QueryReader from, string name)
    {
        if (from.RefuseLostPlus(name) || from.Single(name) is not { } text)
        {
            return null;
        }

        if (Rfc3339.TryParse(text, out WrittenTime time))
        {
            return time;
        }

        from.Fault(name, $"Must be {Rfc3339.Description}.");
        return null;
    }
}
