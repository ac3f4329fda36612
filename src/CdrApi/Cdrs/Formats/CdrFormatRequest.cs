using CdrApi.Http;

namespace CdrApi.Cdrs.Formats;

internal static class CdrFormatRequest
{
    private static readonly string[] Profiles = ["rfc4180", "excel"];

    /// <summary>The format of the answer by <c>format</c>, else by the Accept header; null where that takes none that there is.</summary>
    public static CdrFormat? Read(QueryReader from, HttpRequest request)
    {
        var named = from.Word(CdrParameters.Format, [.. CdrFormat.All.Select(f => f.Name)]);
        var profile = from.Word(CdrParameters.Csv, Profiles);
        var accepted = Negotiation.BestOf(request, [.. CdrFormat.All.Select(f => f.MediaType)]);
        var format = CdrFormat.All.FirstOrDefault(f => named is null ? f.MediaType == accepted : f.Name == named);
        if (profile is not null && format is { IsCsv: false })
        {
            from.Fault(CdrParameters.Csv, "Says how CSV is written, and the answer is not CSV. Set format=csv.");
        }

        return format is { IsCsv: true } && profile == "excel" ? CdrFormat.ExcelCsv : format;
    }
}
