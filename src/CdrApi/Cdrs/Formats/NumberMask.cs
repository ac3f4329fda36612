using System.Text;

namespace CdrApi.Cdrs.Formats;

/// <summary>Each run of digits without its last four: <c>33612345678</c> is <c>3361234****</c>. Words such as <c>anonymous</c> stay.</summary>
internal static class NumberMask
{
    private const int Digits = 4;

    public static byte[] Apply(ReadOnlySpan<byte> utf8)
    {
        // Digits of any script: what a switch received is what a caller sent.
        var runes = Encoding.UTF8.GetString(utf8).EnumerateRunes().ToArray();
        var digitsAfter = 0;
        for (var i = runes.Length - 1; i >= 0; i--)
        {
            if (!Rune.IsDigit(runes[i]))
            {
                digitsAfter = 0;
            }
            else if (digitsAfter++ < Digits)
            {
                runes[i] = new Rune('*');
            }
        }

        return Encoding.UTF8.GetBytes(string.Concat(runes));
    }
}
