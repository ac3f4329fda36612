using System.Text;

namespace CdrSandbox.Sippy;

/// <summary>What switches receive in place of a clean number.</summary>
internal static class OddNumbers
{
    private static readonly string[] Callers =
    [
        "", "anonymous", "Anonymous", "unknown", "Restricted", "0", "+", "asterisk", "1001", "null", "NULL", "-",
        "sip:alice@192.0.2.10", "sip:+33199000001@198.51.100.7;user=phone", "<sip:bob@203.0.113.9:5060>", "\"Bob \\\"B\\\" Martin\" <sip:1001@192.0.2.4>",
        "tel:+447700900123", "O'Brien", "say \"hello\"", "back\\slash", "tab\there", "line\nbreak", "bell\u0007 and \u001b[31mred", "\u007f", "\r\n",
        "50%", "100% off_", "_", "%", "33*", "*", "*72", "#31#+33639980001", "=1+1", "@SUM(A1)", "a,b;c", "{}[]", "</script><b>",
        "مكتب الاستقبال", "+٣٣١٩٩٠٠٠٠٠١", "Приёмная", "东京办公室", "📞 Réception ☎️", "👨‍👩‍👧‍👦", "e\u0301te\u0301", "\u202e+33199000001", "\u00a0+33199000002 ", " 33199000003",
        new string('9', 128), "sip:" + new string('x', 112) + "@192.0.2.200", Repeat("☎", 128), Repeat("😀", 128),
    ];

    private static readonly string[] Callees = ["", "*43", "*97", "#", "911#", "s", "sip:voicemail@192.0.2.20", "33199xx", "الطوارئ", "☎", "00", new string('0', 128), "5550100;ext=\"7\"", "%", "_\\_"];

    private static readonly string[] TechPrefixes = ["9999#", "0011#", "77*", "#", "888", "tp42_"];

    public static string Caller(Random random) => Pick(Callers, random);

    public static string Callee(Random random) => Pick(Callees, random);

    /// <summary>The same number as different carriers write it.</summary>
    public static string Dressed(string e164, Random random) => random.Next(20) switch
    {
        < 9 => e164,
        < 14 => "+" + e164,
        < 17 => "00" + e164,
        < 18 when e164.StartsWith("33", StringComparison.Ordinal) => string.Concat("0", e164.AsSpan(2)),
        < 19 => "011" + e164,
        _ => Pick(TechPrefixes, random) + e164,
    };

    private static string Pick(string[] values, Random random) => values[random.Next(values.Length)];

    private static string Repeat(string value, int times) => new StringBuilder().Insert(0, value, times).ToString();
}
