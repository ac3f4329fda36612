using System.Globalization;

namespace CdrApi.Cdrs.Formats;

/// <summary>Numbers and times as text, the same in every format.</summary>
internal static class ValueText
{
    /// <summary>The longest double at 15 digits without an exponent: the smallest one, -0.000…, down to its 338th decimal.</summary>
    public const int LongestDecimal = 345;

    public const int LongestTime = 27;

    private const int SignificantDigits = 15;

    /// <summary>
    /// A double at its 15 significant digits, without an exponent: what PostgreSQL's cast to numeric gives.
    /// 0 bytes for NaN and the infinities, which JSON has no number for.
    /// </summary>
    public static int WriteDecimal(double value, Span<byte> to)
    {
        if (!double.IsFinite(value))
        {
            return 0;
        }

        // Most values have at most six decimals. When the nearest double of r/10^6 is the value itself, r/10^6
        // is its 15-digit decimal, since 15 digits survive the way to a double and back.
        var magnitude = Math.Abs(value);
        if (magnitude < 1e9)
        {
            var millionths = (long)Math.Round(magnitude * 1e6);
            if (millionths / 1e6 == magnitude)
            {
                return WriteMillionths(millionths, value < 0, to);
            }
        }

        return WriteExpanded(value, to);
    }

    /// <summary>RFC 3339 in UTC, with as many fraction digits as the value has; 0 bytes beyond the years 1 to 9999.</summary>
    public static int WriteTime(long microseconds, Span<byte> to)
    {
        var days = Math.DivRem(microseconds, PostgresTime.MicrosecondsPerDay, out var ofDay);
        if (ofDay < 0)
        {
            days--;
            ofDay += PostgresTime.MicrosecondsPerDay;
        }

        if (days is < -730_119 or > 2_921_939)
        {
            return 0;
        }

        // Days to a civil date, by the proleptic Gregorian calendar's 400-year eras that begin on 1 March.
        var shifted = (int)days + 730_425;
        var era = shifted / 146_097;
        var ofEra = shifted - (era * 146_097);
        var yearOfEra = (ofEra - (ofEra / 1460) + (ofEra / 36_524) - (ofEra / 146_096)) / 365;
        var ofYear = ofEra - ((365 * yearOfEra) + (yearOfEra / 4) - (yearOfEra / 100));
        var marchMonth = ((5 * ofYear) + 2) / 153;
        var month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9;
        var year = yearOfEra + (era * 400) + (month <= 2 ? 1 : 0);
        var seconds = (int)(ofDay / 1_000_000);

        to[19] = (byte)'Z';
        WriteTwo(to, 0, year / 100);
        WriteTwo(to, 2, year % 100);
        to[4] = (byte)'-';
        WriteTwo(to, 5, month);
        to[7] = (byte)'-';
        WriteTwo(to, 8, ofYear - (((153 * marchMonth) + 2) / 5) + 1);
        to[10] = (byte)'T';
        WriteTwo(to, 11, seconds / 3600);
        to[13] = (byte)':';
        WriteTwo(to, 14, seconds / 60 % 60);
        to[16] = (byte)':';
        WriteTwo(to, 17, seconds % 60);
        var length = 19 + WriteFraction((int)(ofDay % 1_000_000), to[19..]);
        to[length] = (byte)'Z';
        return length + 1;
    }

    private static int WriteMillionths(long millionths, bool negative, Span<byte> to)
    {
        var start = 0;
        if (negative)
        {
            to[start++] = (byte)'-';
        }

        var whole = millionths / 1_000_000;
        whole.TryFormat(to[start..], out var digits, default, CultureInfo.InvariantCulture);
        start += digits;
        return start + WriteFraction((int)(millionths - (whole * 1_000_000)), to[start..]);
    }

    /// <summary>A point and six digits less the zeros at the end; nothing for 0.</summary>
    private static int WriteFraction(int millionths, Span<byte> to)
    {
        if (millionths == 0)
        {
            return 0;
        }

        to[0] = (byte)'.';
        WriteTwo(to, 1, millionths / 10_000);
        WriteTwo(to, 3, millionths / 100 % 100);
        WriteTwo(to, 5, millionths % 100);
        var length = 7;
        while (to[length - 1] == '0')
        {
            length--;
        }

        return length;
    }

    private static int WriteExpanded(double value, Span<byte> to)
    {
        Span<byte> scientific = stackalloc byte[32];
        value.TryFormat(scientific, out var length, "E14", CultureInfo.InvariantCulture);
        var negative = value < 0 ? 1 : 0;
        var e = scientific.IndexOf((byte)'E');
        var exponent = int.Parse(scientific[(e + 1)..length], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);

        Span<byte> digits = stackalloc byte[SignificantDigits];
        digits[0] = scientific[negative];
        scientific.Slice(negative + 2, SignificantDigits - 1).CopyTo(digits[1..]);
        digits = digits.TrimEnd((byte)'0');

        var at = 0;
        if (negative == 1)
        {
            to[at++] = (byte)'-';
        }

        if (exponent < 0)
        {
            "0."u8.CopyTo(to[at..]);
            at += 2;
            to.Slice(at, -exponent - 1).Fill((byte)'0');
            at += -exponent - 1;
            digits.CopyTo(to[at..]);
            return at + digits.Length;
        }

        var whole = Math.Min(exponent + 1, digits.Length);
        digits[..whole].CopyTo(to[at..]);
        at += whole;
        to.Slice(at, exponent + 1 - whole).Fill((byte)'0');
        at += exponent + 1 - whole;
        if (whole == digits.Length)
        {
            return at;
        }

        to[at++] = (byte)'.';
        digits[whole..].CopyTo(to[at..]);
        return at + digits.Length - whole;
    }

    private static void WriteTwo(Span<byte> to, int at, int value)
    {
        var tens = value / 10;
        to[at] = (byte)('0' + tens);
        to[at + 1] = (byte)('0' + value - (tens * 10));
    }
}
