using System.Text;

namespace CdrApi.Tests.Cdrs;

/// <summary>Text in CSV, to the byte.</summary>
public sealed class CsvTests(TestSandbox sandbox)
{
    private const long Account = 454545;

    // What stands in the database; in CSV; in csv=excel.
    private static readonly (string? Text, string Csv, string Excel)[] Cases =
    [
        (null, "", ""),
        ("", "\"\"", "\"\""),
        ("33639980001", "33639980001", "\"33639980001\""),
        ("+33639980001", "+33639980001", "\"'+33639980001\""),
        ("0033639980001", "0033639980001", "\"0033639980001\""),
        ("-1", "-1", "\"'-1\""),
        ("=1+1", "=1+1", "\"'=1+1\""),
        ("@SUM(A1)", "@SUM(A1)", "\"'@SUM(A1)\""),
        ("＝1+1", "\"＝1+1\"", "\"'＝1+1\""),
        ("\t=1", "\"\t=1\"", "\"'\t'=1\""),
        ("\r", "\"\r\"", "\"'\r\""),
        (" +1", "\" +1\"", "\" '+1\""),
        ("a;=1", "a;=1", "\"a;'=1\""),
        ("a=1", "a=1", "\"a=1\""),
        ("a,b", "\"a,b\"", "\"a,b\""),
        ("say \"hello\"", "\"say \"\"hello\"\"\"", "\"say \"\"hello\"\"\""),
        ("\"", "\"\"\"\"", "\"\"\"\""),
        ("two\nlines", "\"two\nlines\"", "\"two\nlines\""),
        ("two\r\nlines", "\"two\r\nlines\"", "\"two\r\nlines\""),
        ("NULL", "NULL", "\"NULL\""),
        (" x ", "\" x \"", "\" x \""),
        ("back\\slash", "back\\slash", "\"back\\slash\""),
        ("Zoë ☎ 😀", "\"Zoë ☎ 😀\"", "\"Zoë ☎ 😀\""),
    ];

    [Fact]
    public async Task Text_stays_what_it_is_and_only_what_needs_quotes_has_them()
    {
        await using var calls = await OwnCalls.WriteAsync(sandbox, Account, Cases.Select(c => new OwnCall { Cli = c.Text, Result = -1, Cost = -0.5 }));

        var csv = await BodyAsync("format=csv");
        var excel = await BodyAsync("format=csv&csv=excel");

        csv.Should().Be("i_cdr,cli,result,cost,cld,connect_time\r\n"
            + string.Concat(Cases.Select((c, i) => $"{calls.Ids[i]},{c.Csv},-1,-0.5,,2026-01-01T00:00:00Z\r\n")));
        excel.Should().Be("\uFEFFi_cdr,cli,result,cost,cld,connect_time\r\n"
            + string.Concat(Cases.Select((c, i) => $"{calls.Ids[i]},{c.Excel},-1,-0.5,,\"2026-01-01T00:00:00Z\"\r\n")));
    }

    [Fact]
    public async Task In_a_spreadsheet_no_text_of_any_CDR_is_a_formula()
    {
        using var response = await sandbox.All.SendAsync("/cdrs?type=all&limit=30000&fields=all&format=csv&csv=excel");
        var lines = CsvReader.Read((await response.Content.ReadAsStringAsync()).TrimStart('\uFEFF'));
        var texts = lines.Skip(1).SelectMany(cells => cells.Where((_, i) => !Rows.NumberFields.Contains(lines[0][i]!))).OfType<string>().ToList();

        // A million texts: not as an assertion's message.
        texts.Exists(t => t.StartsWith("'+33", StringComparison.Ordinal)).Should().BeTrue();
        texts.Intersect(["'=1+1", "'@SUM(A1)"]).Should().HaveCount(2);
        texts.Where(t => t.Length > 0 && "=+-@\t\r\n＝＋－＠".Contains(t[0], StringComparison.Ordinal)).Should().BeEmpty();
    }

    private async Task<string> BodyAsync(string format)
    {
        using var response = await sandbox.All.SendAsync(
            $"/accounts/{Account}/cdrs?type=all&order=asc&fields=i_cdr,cli,result,cost,cld,connect_time&{format}");
        return Encoding.UTF8.GetString(await response.Content.ReadAsByteArrayAsync());
    }
}
