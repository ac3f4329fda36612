using System.Globalization;
using System.Text.RegularExpressions;

namespace CdrApi.Http;

/// <summary>Numbers as callers and their serializers write them: 0.5, .5, 1E-05, 96.0 and 9.6e1.</summary>
internal static partial class NumberText
{
    /// <summary>What a decimal holds without being rounded.</summary>
    private const int MostDigits = 28;

    /// <summary>False also for a number of more digits than that.</summary>
    public static bool TryParseDecimal(string text, out decimal value)
    {
        value = 0;
        if (Written().Match(text) is not { Success: true } match
            || !int.TryParse(match.Groups["exponent"] is { Success: true, Value: var given } ? given : "0", NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var exponent))
        {
            return false;
        }

        var fraction = match.Groups["fraction"].Value;
        var digits = (match.Groups["whole"].Value + fraction).TrimStart('0');
        // The number is digits × 10^scale.
        var scale = exponent - fraction.Length;
        scale += digits.Length - digits.TrimEnd('0').Length;
        digits = digits.TrimEnd('0');
        if (digits.Length == 0)
        {
            return true;
        }

        if (digits.Length > MostDigits || scale < -MostDigits || digits.Length + scale > MostDigits)
        {
            return false;
        }

        var plain = scale >= 0 ? digits + new string('0', scale)
            : digits.PadLeft(1 - scale, '0').Insert(Math.Max(digits.Length, 1 - scale) + scale, ".");
        value = decimal.Parse(match.Groups["sign"].Value + plain, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture);
        return true;
    }

    /// <summary>A whole number, in whatever way it is written.</summary>
    public static bool TryParseInteger(string text, out long value)
    {
        value = 0;
        if (!TryParseDecimal(text, out var number) || number != decimal.Truncate(number) || number is < long.MinValue or > long.MaxValue)
        {
            return false;
        }

        value = (long)number;
        return true;
    }

    [GeneratedRegex(@"^(?<sign>[+-]?)(?=\.?[0-9])(?<whole>[0-9]{0,100})(?:\.(?<fraction>[0-9]{0,100}))?(?:[eE](?<exponent>[+-]?[0-9]{1,4}))?\z", RegexOptions.ExplicitCapture)]
    private static partial Regex Written();
}
