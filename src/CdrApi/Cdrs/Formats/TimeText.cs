namespace CdrApi.Cdrs.Formats;

/// <summary>Moments as text, the same in every format. It keeps the last date: rows come in the order of their times.</summary>
internal struct TimeText
{
    public const int Longest = 27;

    // With the T before the time.
    private const int DateLength = 11;

    private long? _day;
    private Date _date;

    /// <summary>RFC 3339 in UTC, with as many fraction digits as the value has; 0 bytes beyond the years 1 to 9999.</summary>
    public int Write(long microseconds, Span<byte> to)
    {
        var day = Math.DivRem(microseconds, PostgresTime.MicrosecondsPerDay, out var ofDay);
        if (ofDay < 0)
        {
            day--;
            ofDay += PostgresTime.MicrosecondsPerDay;
        }

        if (day != _day)
        {
            if (day is < -730_119 or > 2_921_939)
            {
                return 0;
            }

            WriteDate((int)day, _date);
            _day = day;
        }

        ((ReadOnlySpan<byte>)_date)[..DateLength].CopyTo(to);
        var seconds = (int)(ofDay / 1_000_000);
        var minutes = seconds / 60;
        ValueText.WriteTwo(to, 11, minutes / 60);
        to[13] = (byte)':';
        ValueText.WriteTwo(to, 14, minutes % 60);
        to[16] = (byte)':';
        ValueText.WriteTwo(to, 17, seconds - (minutes * 60));
        var length = 19 + ValueText.WriteFraction((int)(ofDay - (seconds * 1_000_000L)), to[19..]);
        to[length] = (byte)'Z';
        return length + 1;
    }

    /// <summary>Days to a civil date, by the proleptic Gregorian calendar's 400-year eras that begin on 1 March.</summary>
    private static void WriteDate(int day, Span<byte> to)
    {
        var shifted = day + 730_425;
        var era = shifted / 146_097;
        var ofEra = shifted - (era * 146_097);
        var yearOfEra = (ofEra - (ofEra / 1460) + (ofEra / 36_524) - (ofEra / 146_096)) / 365;
        var ofYear = ofEra - ((365 * yearOfEra) + (yearOfEra / 4) - (yearOfEra / 100));
        var marchMonth = ((5 * ofYear) + 2) / 153;
        var month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9;
        var year = yearOfEra + (era * 400) + (month <= 2 ? 1 : 0);
        ValueText.WriteTwo(to, 0, year / 100);
        ValueText.WriteTwo(to, 2, year % 100);
        to[4] = (byte)'-';
        ValueText.WriteTwo(to, 5, month);
        to[7] = (byte)'-';
        ValueText.WriteTwo(to, 8, ofYear - (((153 * marchMonth) + 2) / 5) + 1);
        to[10] = (byte)'T';
    }

    [System.Runtime.CompilerServices.InlineArray(DateLength)]
    private struct Date
    {
        private byte _first;
    }
}
