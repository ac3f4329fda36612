using System.Globalization;
using FsCheck;
using FsCheck.Fluent;

namespace CdrApi.Tests.Cdrs;

/// <summary>Random questions, each valid: about what there is, about what there is not, and about what is in between.</summary>
internal sealed class QuestionGenerator(QuestionData data, long narrowAccount)
{
    private static readonly string[] Patterns = ["cli", "cld", "cli_translated", "cld_translated", "call_id"];

    private static readonly string[] Lists = ["result", "result_category", "prefix", "country", "protocol", "release_source", "remote_ip"];

    private static readonly string[] MadeUp =
        ["nonsense", "O'Brien\"; --", "%", "_", "\\", "50%", "a,b", "\"", "\"\"", "", " ", " x ", "☎", "é", "e\u0301", "NULL", "33_", "(.*)", "[0-9]", "$1", "\t", "\u200b"];

    // What a pattern is made of when nothing real is in it.
    private static readonly string[] Pieces = ["*", "*", "3", "33", "+", "44", "00", "1", "%", "_", "\\", "\"", "'", ",", ".", "sip:", "@", "e", "☎", "😀", "\n", "#", "(", "]", "?"];

    /// <summary>A failure shrinks, a part at a time, to the parts that matter.</summary>
    public Arbitrary<Question> Questions() => Arb.From(One(), Simpler);

    private static IEnumerable<Question> Simpler(Question question)
    {
        for (var i = 0; i < question.Demands.Count; i++)
        {
            yield return question with { Demands = [.. question.Demands.Where((_, at) => at != i)] };
        }

        Question[] plainer =
        [
            question with { Pages = 1 }, question with { InBatch = false }, question with { Format = "json" }, question with { Fields = ["i_cdr"] },
            question with { Offset = null }, question with { IncludeCount = null }, question with { Start = null }, question with { End = null },
            question with { Accounts = null }, question with { OfAccount = null }, question with { IsNarrow = false }, question with { Type = "all" },
            question with { Order = null }, question with { FormatByAccept = false }, question with { PageSize = (question.PageSize + 1) / 2 },
        ];
        foreach (var other in plainer.Where(other => other.ToString() != question.ToString()))
        {
            yield return other;
        }
    }

    private Gen<Question> One() =>
        from reach in Reach()
        from dates in Dates()
        from style in Gen.Elements("Z", "Z", "", "+2", "-5")
        from type in Gen.Elements(null, null, "all", "all", "all", "non_zero_and_errors", "non_zero", "complete", "incomplete", "errors")
        from demands in Demands()
        from order in Gen.Elements(null, "desc", "asc", "asc")
        from size in Gen.Frequency((4, Gen.Choose(1, 20)), (4, Gen.Choose(21, 499)), (1, Gen.Choose(500, 502)), (2, Gen.Choose(503, 2000)))
        from pages in Gen.Frequency((3, Gen.Constant(1)), (2, Gen.Choose(2, 6)))
        from offset in Gen.Frequency((6, Gen.Constant<int?>(null)), (3, Nullable(0, 40)), (1, Nullable(41, 6000)))
        from count in Gen.Frequency((6, Gen.Constant<string?>(null)), (1, Gen.Constant<string?>("false")), (3, Gen.Constant<string?>("true")), (1, Gen.Constant<string?>("estimate")))
        from fields in Fields()
        from format in Gen.Elements("json", "ndjson", "csv", "excel")
        from byAccept in OneIn(3)
        from byLink in OneIn(2)
        from inBatch in OneIn(3)
        from zone in Gen.Elements(null, null, "UTC", "Europe/Paris", "Asia/Kathmandu", "Pacific/Chatham", "America/St_Johns")
        select reach with
        {
            Start = dates.Start,
            End = dates.End,
            TimeStyle = style,
            Zone = zone,
            Type = type,
            Demands = demands,
            Order = order,
            PageSize = pages == 1 ? size : Math.Min(size, 700),
            Pages = pages,
            Offset = offset,
            IncludeCount = count,
            Fields = fields,
            Format = format,
            FormatByAccept = byAccept,
            // The header is known before the body only where the page is one slice.
            ByLink = byLink && size <= 500 && !(inBatch && format == "json"),
            InBatch = inBatch && format == "json",
        };

    private Gen<Question> Reach() => Gen.Frequency(
        (11, Gen.Constant(new Question())),
        (2, Gen.Elements(data.Accounts).Select(a => new Question { OfAccount = a })),
        (2, Gen.Elements(data.Accounts).Select(a => new Question { Accounts = [a] })),
        (2, Gen.Choose(2, 50).SelectMany(n => Gen.Choose(0, 80).Select(a => (long)a).ListOf(n)).Select(a => new Question { Accounts = [.. a.Distinct()] })),
        (1, Gen.Choose(51, 90).Select(n => new Question { Accounts = [.. Enumerable.Range(0, n).Select(a => (long)a)] })),
        (1, Gen.Constant(new Question { IsNarrow = true })),
        (1, Gen.Constant(new Question { IsNarrow = true, OfAccount = narrowAccount })));

    /// <summary>Mostly bounded, so that thousands of questions take seconds; both ends at moments that CDRs share.</summary>
    private Gen<(DateTime? Start, DateTime? End)> Dates()
    {
        var time = Gen.Elements(data.Times);
        var length = Gen.Elements(
            TimeSpan.FromMicroseconds(1), TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(30), TimeSpan.FromHours(2),
            TimeSpan.FromHours(6), TimeSpan.FromDays(1), TimeSpan.FromDays(3));
        return Gen.Frequency(
            (14, from start in time from l in length select ((DateTime?)start, (DateTime?)(start + l))),
            (4, from end in time from l in length select ((DateTime?)(end - l), (DateTime?)end)),
            (1, time.Select(t => ((DateTime?)t, (DateTime?)null))),
            (1, time.Select(t => ((DateTime?)null, (DateTime?)t))),
            (2, Gen.Constant(((DateTime?)null, (DateTime?)null))));
    }

    private Gen<IReadOnlyList<Demand>> Demands() =>
        from n in Gen.Frequency((3, Gen.Constant(0)), (6, Gen.Constant(1)), (2, Gen.Constant(2)), (1, Gen.Choose(3, 6)))
        from names in Gen.Shuffle([.. Patterns, .. Lists, "duration", "cost"])
        from demands in Gen.CollectToList(names.Take(n), Demand)
        select (IReadOnlyList<Demand>)[.. demands.SelectMany(d => d)];

    private Gen<Demand[]> Demand(string name) =>
        name is "duration" or "cost" ? Range(name)
        : Patterns.Contains(name) ? from n in Gen.Frequency((4, Gen.Constant(1)), (1, Gen.Choose(2, 4)))
                                    from patterns in Pattern(data.Values[name]).ListOf(n)
                                    from repeated in OneIn(2)
                                    select new[] { new Demand(name, [.. patterns]) { IsRepeated = repeated } }
        : from n in Gen.Frequency((3, Gen.Constant(1)), (2, Gen.Choose(2, 5)))
          from values in Gen.Frequency((4, Gen.Elements(data.Values[name])), (name is "result_category" or "country" or "protocol" ? 0 : 1, Unreal(name))).ListOf(n)
          from repeated in OneIn(2)
          from quoted in OneIn(4)
          from lower in OneIn(4)
          select new[] { new Demand(name, [.. values]) { IsRepeated = repeated, IsQuoted = quoted, IsLower = lower } };

    private static Gen<string> Unreal(string name) =>
        name == "result" ? Gen.Choose(-50, 700).Select(n => n.ToString(CultureInfo.InvariantCulture))
        : name == "remote_ip" ? Gen.Elements("192.0.2.0/24", "198.51.100.0/25", "203.0.113.7/28", "10.0.0.0/8", "0.0.0.0/0", "192.0.2.1/32", "2001:db8::/32", "nonsense")
        : Gen.Elements(MadeUp);

    private Gen<Demand[]> Range(string name) =>
        from both in Gen.Frequency((6, Gen.Elements(data.Values[name])), (1, Gen.Elements("0", "-1", "0.3", "60", "0.000001", "1000000"))).Two()
        from kind in Gen.Choose(0, 2)
        let ends = new[] { both.Item1, both.Item2 }.OrderBy(v => decimal.Parse(v, CultureInfo.InvariantCulture)).ToArray()
        select kind switch
        {
            0 => new[] { new Demand("min_" + name, [ends[0]]) },
            1 => [new Demand("max_" + name, [ends[1]])],
            _ => [new Demand("min_" + name, [ends[0]]), new Demand("max_" + name, [ends[1]])],
        };

    private static Gen<string> Pattern(string[] real)
    {
        // A blank alone is refused as an empty value.
        var value = Gen.Elements(real).Where(v => !string.IsNullOrWhiteSpace(v));
        var cut = from v in value
                  let runes = v.EnumerateRunes().Select(r => r.ToString()).ToArray()
                  from a in Gen.Choose(0, runes.Length)
                  from b in Gen.Choose(0, runes.Length)
                  select string.Concat([.. runes[..Math.Min(a, b)], "*", .. runes[Math.Max(a, b)..]]);
        var twice = from v in cut
                    from at in Gen.Choose(0, v.Length)
                    where at == v.Length || !char.IsLowSurrogate(v[at])
                    select v.Insert(at, "*");
        return Gen.Frequency(
            (3, value), (5, cut), (2, twice), (1, value.Select(v => "*" + v)), (1, value.Select(v => v + "*")),
            (2, Gen.Elements(Pieces).NonEmptyListOf().Select(string.Concat)), (1, Gen.Elements(MadeUp)), (1, Gen.Elements("*", "**", "*3*3*", "+*", "00*", "* *")))
            .Where(p => !string.IsNullOrWhiteSpace(p) && p.Length <= 256);
    }

    private static Gen<IReadOnlyList<string>?> Fields() => Gen.Frequency(
        (3, Gen.Constant<IReadOnlyList<string>?>(null)),
        (1, Gen.Constant<IReadOnlyList<string>?>(["all"])),
        (4, from names in Gen.Shuffle(Rows.AllFields.ToArray()) from n in Gen.Choose(1, 12) select (IReadOnlyList<string>?)[.. names.Take(n)]));

    private static Gen<bool> OneIn(int chances) => Gen.Choose(1, chances).Select(n => n == 1);

    private static Gen<int?> Nullable(int from, int to) => Gen.Choose(from, to).Select(n => (int?)n);
}
