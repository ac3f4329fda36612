using System.Text;

namespace CdrApi.Tests;

/// <summary>RFC 4180, strictly: lines end with CRLF, and a quote stands only where it may. Nothing at all is null, a pair of quotes is "".</summary>
internal static class CsvReader
{
    public static List<string?[]> Read(string text)
    {
        var rows = new List<string?[]>();
        var row = new List<string?>();
        for (var at = 0; at < text.Length;)
        {
            row.Add(text[at] == '"' ? Quoted(text, ref at) : Plain(text, ref at));
            if (at < text.Length && text[at] == ',')
            {
                at++;
                if (!Ends(text, at))
                {
                    continue;
                }

                row.Add(null);
            }

            // No assertion for each of a million fields: it would write its message each time.
            if (!Ends(text, at))
            {
                Assert.Fail($"A field ends with a comma or a CRLF, but not after {text[Math.Max(0, at - 100)..Math.Min(text.Length, at + 40)]}");
            }

            at += 2;
            rows.Add([.. row]);
            row.Clear();
        }

        return rows;
    }

    private static bool Ends(string text, int at) => string.CompareOrdinal(text, at, "\r\n", 0, 2) == 0;

    private static string? Plain(string text, ref int at)
    {
        var start = at;
        while (at < text.Length && text[at] is not (',' or '\r' or '\n' or '"'))
        {
            at++;
        }

        return at == start ? null : text[start..at];
    }

    private static string Quoted(string text, ref int at)
    {
        var value = new StringBuilder();
        for (at++; ; at++)
        {
            if (at == text.Length)
            {
                Assert.Fail("A quote must be closed.");
            }

            if (text[at] == '"' && (++at == text.Length || text[at] != '"'))
            {
                return value.ToString();
            }

            value.Append(text[at]);
        }
    }
}
