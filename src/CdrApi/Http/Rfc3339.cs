using System.Globalization;
using System.Text.RegularExpressions;

namespace CdrApi.Http;

/// <summary>A date or time as a caller wrote it: a moment, or a local time of a zone that is named elsewhere.</summary>
/// <param name="Value">In UTC, or local.</param>
/// <param name="IsLocal">Whether it had no offset.</param>
internal readonly record struct WrittenTime(DateTime Value, bool IsLocal);

/// <summary>Dates and times as callers write them: RFC 3339, a date, or a date-time without an offset.</summary>
internal static partial class Rfc3339
{
    public const string Description =
        "RFC 3339, a date or a date-time: 2026-11-23T18:05:50.27Z, 2026-11-23T19:05:50+01:00, 2026-11-23, 2026-11-23T18:05:50";

    public static bool TryParse(string text, out WrittenTime time)
    {
        time = default;
        if (Written().Match(text) is not { Success: true } match
            || !DateTime.TryParseExact(match.Groups["date"].Value, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var date))
        {
            return false;
        }

        var (hours, minutes, seconds) = (Number("hour"), Number("minute"), Number("second"));
        var (offsetHours, offsetMinutes) = (Number("offset_hour"), Number("offset_minute"));
        if (hours > 23 || minutes > 59 || seconds > 59 || offsetHours > 23 || offsetMinutes > 59)
        {
            return false;
        }

        var offset = new TimeSpan(offsetHours, offsetMinutes, 0) * (match.Groups["sign"].Value == "-" ? -1 : 1);
        var ticks = date.Ticks + new TimeSpan(hours, minutes, seconds).Ticks - offset.Ticks
            + (Microseconds(match.Groups["fraction"].Value) * TimeSpan.TicksPerMicrosecond);
        // The last moment there is, which .NET writes as 9999-12-31T23:59:59.9999999, would be rounded to the one after it.
        if (ticks < DateTime.MinValue.Ticks || ticks > DateTime.MaxValue.Ticks + 1)
        {
            return false;
        }

        time = new WrittenTime(new DateTime(Math.Min(ticks, DateTime.MaxValue.Ticks)), !match.Groups["offset"].Success);
        return true;

        int Number(string group) => match.Groups[group] is { Success: true, Value: var digits } ? int.Parse(digits, CultureInfo.InvariantCulture) : 0;
    }

    /// <summary>The same, where a local time is one of UTC.</summary>
    public static bool TryParse(string text, out DateTimeOffset moment)
    {
        var isTime = TryParse(text, out WrittenTime time);
        moment = new DateTimeOffset(time.Value, TimeSpan.Zero);
        return isTime;
    }

    public static string Format(DateTimeOffset value) =>
        value.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.FFFFFF'Z'", CultureInfo.InvariantCulture);

    /// <summary>Rounded as PostgreSQL does it: the double nearest to the fraction, times a million, to the nearest even.</summary>
    private static long Microseconds(string fraction) => fraction.Length == 0 ? 0
        : (long)Math.Round(double.Parse(fraction, CultureInfo.InvariantCulture) * 1e6, MidpointRounding.ToEven);

    [GeneratedRegex(@"^(?<date>[0-9]{4}-[0-9]{2}-[0-9]{2})(?:[Tt ](?<hour>[0-9]{2}):(?<minute>[0-9]{2})(?::(?<second>[0-9]{2})(?<fraction>\.[0-9]{1,100})?)?"
        + @"(?<offset>[Zz]|(?<sign>[+-])(?<offset_hour>[0-9]{2}):(?<offset_minute>[0-9]{2}))?)?\z", RegexOptions.ExplicitCapture)]
    private static partial Regex Written();
}
