using System.Globalization;

namespace CdrApi.Http;

/// <summary>Dates and times as callers write them: RFC 3339, a date, or a naive date-time taken as UTC.</summary>
internal static class Rfc3339
{
    public const string Description = "RFC 3339 with at most six fraction digits, a date, or a date-time taken as UTC: "
        + "2026-11-23T18:05:50.27Z, 2026-11-23T19:05:50+01:00, 2026-11-23, 2026-11-23T18:05:50";

    private static readonly string[] Formats =
        ["yyyy-MM-dd", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFK", "yyyy-MM-dd'T'HH:mmK", "yyyy-MM-dd HH:mm:ss.FFFFFFK", "yyyy-MM-dd HH:mmK"];

    public static bool TryParse(string text, out DateTimeOffset value)
    {
        // A plus sign that was not percent-encoded arrives as a blank.
        if (text.Length > 16 && text[^6] == ' ' && text[^3] == ':')
        {
            text = string.Concat(text.AsSpan(0, text.Length - 6), "+", text.AsSpan(text.Length - 5));
        }

        return DateTimeOffset.TryParseExact(text.ToUpperInvariant(), Formats, CultureInfo.InvariantCulture,
            DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out value);
    }

    public static string Format(DateTimeOffset value) =>
        value.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.FFFFFF'Z'", CultureInfo.InvariantCulture);
}
