using System.Globalization;

namespace CdrApi.Cdrs.Formats;

/// <summary>Numbers as text, the same in every format.</summary>
internal static class ValueText
{
    /// <summary>The longest double at 15 digits without an exponent: the smallest one, -0.000…, down to its 338th decimal.</summary>
    public const int LongestDecimal = 345;

    private const int SignificantDigits = 15;

    /// <summary>The least number of that many digits.</summary>
    private const long LeastOfAllDigits = 100_000_000_000_000;

    // Every power of ten that a double holds exactly.
    private static readonly double[] ExactPowers =
        [1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22];

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
        Span<byte> digits = stackalloc byte[SignificantDigits];
        var magnitude = Math.Abs(value);
        if (!TryScale(magnitude, digits, out var exponent))
        {
            exponent = WriteDigits(magnitude, digits);
        }

        digits = digits.TrimEnd((byte)'0');
        var at = 0;
        if (value < 0)
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

    /// <summary>
    /// The digits by one multiplication, whose error is known exactly; not where the power of ten is no double, nor where the error could
    /// decide the last digit.
    /// </summary>
    private static bool TryScale(double magnitude, Span<byte> digits, out int exponent)
    {
        exponent = (int)Math.Floor(Math.Log10(magnitude));
        var power = SignificantDigits - 1 - exponent;
        if (power < 0 || power >= ExactPowers.Length)
        {
            return false;
        }

        var scaled = magnitude * ExactPowers[power];
        var whole = (long)scaled;
        var rest = scaled - whole + Math.FusedMultiplyAdd(magnitude, ExactPowers[power], -scaled);
        whole += rest > 0.5 ? 1 : 0;
        return Math.Abs(rest - 0.5) > 1e-6
            && whole is > LeastOfAllDigits and < LeastOfAllDigits * 10
            && whole.TryFormat(digits, out _, default, CultureInfo.InvariantCulture);
    }

    private static int WriteDigits(double magnitude, Span<byte> digits)
    {
        Span<byte> scientific = stackalloc byte[32];
        magnitude.TryFormat(scientific, out var length, "E14", CultureInfo.InvariantCulture);
        digits[0] = scientific[0];
        scientific.Slice(2, SignificantDigits - 1).CopyTo(digits[1..]);
        return int.Parse(scientific[(SignificantDigits + 2)..length], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
    }

    public static void WriteTwo(Span<byte> to, int at, int value)
    {
        var tens = value / 10;
        to[at] = (byte)('0' + tens);
        to[at + 1] = (byte)('0' + value - (tens * 10));
    }
}
