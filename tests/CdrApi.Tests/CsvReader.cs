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

            Ends(text, at).Should().BeTrue("a field ends with a comma or a CRLF, but at {0} of {1}…", at, text[..Math.Min(text.Length, at + 40)]);
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
            at.Should().BeLessThan(text.Length, "a quote must be closed");
            if (text[at] == '"' && (++at == text.Length || text[at] != '"'))
            {
                return value.ToString();
            }

            value.Append(text[at]);
        }
    }
}
