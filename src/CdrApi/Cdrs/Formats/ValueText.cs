using System.Globalization;

namespace CdrApi.Cdrs.Formats;

/// <summary>Numbers as text, the same in every format.</summary>
internal static class ValueText
{
    /// <summary>The longest double at 15 digits without an exponent: the smallest one, -0.000…, down to its 338th decimal.</summary>
    public const int LongestDecimal = 345;

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
    public static int WriteFraction(int millionths, Span<byte> to)
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

    public static void WriteTwo(Span<byte> to, int at, int value)
    {
        var tens = value / 10;
        to[at] = (byte)('0' + tens);
        to[at + 1] = (byte)('0' + value - (tens * 10));
    }
}
