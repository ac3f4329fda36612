using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Npgsql;

namespace CdrApi.Tests.Cdrs;

/// <summary>Asks a question of the API, page by page, and of SQL, and compares.</summary>
internal sealed partial class QuestionAsker(ApiCaller all, ApiCaller narrow, long narrowAccount, NpgsqlDataSource replica)
{
    // Keeps a byte order mark, and takes nothing that is no UTF-8.
    private static readonly UTF8Encoding Utf8 = new(false, throwOnInvalidBytes: true);

    /// <summary>How many questions had CDRs for an answer.</summary>
    public int WithRows { get; private set; }

    public async Task CheckAsync(Question question)
    {
        var where = QuestionSql.Where(question, narrowAccount);
        var limit = question.PageSize * question.Pages;
        // Side by side with the API; one more than may be answered tells whether anything is left.
        var inSql = Rows.ElementsFromSqlAsync(
            replica, where, question.Order ?? "desc", limit + 1, question.FieldNames, question.Offset ?? 0);
        var totalInSql = question.IncludeCount == "true" ? replica.ScalarAsync<long>($"SELECT count(*) FROM cdrs c WHERE {where}") : null;
        var answers = new List<Answer>();
        for (string? next = question.Path(); next is not null && answers.Count < question.Pages; next = answers[^1].Next)
        {
            answers.Add(await AskAsync(question, next));
        }

        var expected = await inSql;
        long? total = totalInSql is null ? null : await totalInSql;
        WithRows += expected.Count > 0 ? 1 : 0;
        var seen = 0;
        foreach (var answer in answers)
        {
            seen += answer.Rows.Count;
            answer.HasMore.Should().Be(expected.Count > seen, "there is a next page exactly when something is left");
            answer.Rows.Should().HaveCount(answer.HasMore ? question.PageSize : expected.Count - (seen - answer.Rows.Count), "only the last page may be short");
            (answer.Total is null).Should().Be(question.IncludeCount is null or "false");
            if (total is not null)
            {
                answer.Total.Should().Be(total);
            }
        }

        var rows = answers.SelectMany(a => a.Rows);
        rows.Should().Equal(expected.Take(limit).Select(row => question.Format == "excel" ? Rows.ToText(row, ForExcel) : Rows.ToText(row)));
    }

    private async Task<Answer> AskAsync(Question question, string path)
    {
        if (question.InBatch)
        {
            return await AskInBatchAsync(question, path);
        }

        var headers = new Dictionary<string, string>();
        if (question.FormatByAccept)
        {
            headers["Accept"] = question.Format switch { "json" => "application/json", "ndjson" => "application/x-ndjson", _ => "text/csv" };
        }

        using var response = await (question.IsNarrow ? narrow : all).SendAsync(path, headers: headers);
        var body = Utf8.GetString(await response.Content.ReadAsByteArrayAsync());
        response.StatusCode.Should().Be(HttpStatusCode.OK, "{0} answered {1}", path, body[..Math.Min(500, body.Length)]);
        var (rows, cursor, total) = question.Format switch
        {
            "json" => OfJson(body),
            "ndjson" => ([.. body.Split('\n').SkipLast(1).Select(line => Rows.ToText(JsonDocument.Parse(line).RootElement))], Trailer("CDR-Next-Cursor"), Total()),
            _ => (OfCsv(question, body), Trailer("CDR-Next-Cursor"), Total()),
        };
        if (question.Format != "json")
        {
            Trailer("CDR-Count").Should().Be(rows.Count.ToString(CultureInfo.InvariantCulture));
        }

        Total().Should().Be(total);
        var link = response.Headers.TryGetValues("Link", out var links) ? Link().Match(links.Single()).Groups[1].Value : null;
        return new Answer(rows, cursor is not null, question.ByLink ? link : cursor is null ? null : question.Path(cursor), total);

        string? Trailer(string name) => response.TrailingHeaders.TryGetValues(name, out var values) ? values.Single() : null;

        long? Total() => response.Headers.TryGetValues("CDR-Total", out var values) ? long.Parse(values.Single(), CultureInfo.InvariantCulture) : null;
    }

    /// <summary>What a URL asks for as a query of a batch, beside one that is refused.</summary>
    private async Task<Answer> AskInBatchAsync(Question question, string path)
    {
        var parameters = path[(path.IndexOf('?', StringComparison.Ordinal) + 1)..].Split('&').Select(p => p.Split('=', 2))
            .Where(p => p[0] is not "format").GroupBy(p => p[0], p => Uri.UnescapeDataString(p[1]))
            .ToDictionary(p => p.Key, p => (object)string.Join(',', p));
        if (question.OfAccount is { } account)
        {
            parameters["i_account"] = account;
        }

        var body = await (question.IsNarrow ? narrow : all).PostAsync("/cdrs/batch", JsonSerializer.Serialize(new { queries = new object[] { new { limit = 0 }, parameters } }));
        var result = body.GetProperty("results")[1];
        result.GetProperty("status").GetInt32().Should().Be(200, result.GetRawText());
        var (rows, cursor, total) = OfJson(result);
        return new Answer(rows, cursor is not null, cursor is null ? null : question.Path(cursor), total);
    }

    private static (List<string> Rows, string? Cursor, long? Total) OfJson(string body)
    {
        using var document = JsonDocument.Parse(body);
        return OfJson(document.RootElement);
    }

    private static (List<string> Rows, string? Cursor, long? Total) OfJson(JsonElement list)
    {
        var rows = list.GetProperty("data").EnumerateArray().Select(Rows.ToText).ToList();
        list.GetProperty("count").GetInt32().Should().Be(rows.Count);
        return (rows, list.GetProperty("next_cursor").GetString(), list.TryGetProperty("total", out var total) ? total.GetInt64() : null);
    }

    private static List<string> OfCsv(Question question, string body)
    {
        body.StartsWith('\uFEFF').Should().Be(question.Format == "excel", "only a spreadsheet needs the mark");
        var lines = CsvReader.Read(body.TrimStart('\uFEFF'));
        lines[0].Should().Equal(question.FieldNames);
        return [.. lines.Skip(1).Select(cells => string.Join(" | ", cells.Zip(question.FieldNames, (cell, name) =>
            $"{name}={(cell is null ? "null" : Rows.NumberFields.Contains(name) ? cell : $"'{cell}'")}")))];
    }

    // As docs/api.md says, by other means than the service's.
    private static string ForExcel(string text) => FormulaBegins().Replace(text, "'");

    [GeneratedRegex(@"(?<=(?:^|[\t\r\n,;|])\s*)(?=[=+\-@＝＋－＠])|^(?=[\t\r\n,;|])")]
    private static partial Regex FormulaBegins();

    [GeneratedRegex("^<([^>]*)>; rel=\"next\"$")]
    private static partial Regex Link();

    // HasMore is what the cursor says; Next is the next page's path.
    private sealed record Answer(List<string> Rows, bool HasMore, string? Next, long? Total);
}
