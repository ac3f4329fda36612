using CdrApi.Cdrs;

namespace CdrApi.Statistics;

/// <summary>One figure of a group and of the totals.</summary>
/// <param name="Name">As callers know it; SQL has a column of this name.</param>
/// <param name="Format">How SQL gives it.</param>
/// <param name="Description">What it is, with its unit.</param>
/// <param name="Example">As JSON.</param>
internal sealed record StatisticsFigure(string Name, ColumnFormat Format, string Description, string Example)
{
    /// <summary>The field without which there is no such figure, where a source may lack it.</summary>
    public string? Field { get; init; }

    public static IReadOnlyList<StatisticsFigure> All { get; } =
    [
        new("calls", ColumnFormat.Int64, "CDRs.", "1268"),
        new("answered", ColumnFormat.Int64, "Those with duration > 0.", "812"),
        new("failed", ColumnFormat.Int64, "The others.", "456"),
        new("duration", ColumnFormat.DecimalText, "Sum of duration, in seconds; exact.", "116214.62"),
        new("billed_duration", ColumnFormat.DecimalText, "Sum of billed_duration, in seconds; exact.", "128340") { Field = "billed_duration" },
        new("cost", ColumnFormat.DecimalText, "Sum of cost, in the accounts' currency: to the last digit the sum of what a list has.", "61.4120666666666667") { Field = "cost" },
        new("asr", ColumnFormat.Float8, "Answer-seizure ratio: answered / calls, from 0 to 1.", "0.640378548895899"),
        new("acd", ColumnFormat.Float8, "Average call duration: mean duration of the answered, in seconds.", "143.121453201970"),
        new("ner", ColumnFormat.Float8, "Network effectiveness ratio: answered, or ended by a user (result 0, 200, 408, 480, 486, 487, 600, 603, -30) / calls.", "0.902208201892744"),
        new("pdd", ColumnFormat.Float8, "Post-dial delay: mean of pdd1xx where it is above 0, in seconds.", "1.42153287981859") { Field = "pdd1xx" },
    ];

    /// <summary>Those that this source has the fields for.</summary>
    public static IReadOnlyList<StatisticsFigure> Of(CdrSource source) =>
        [.. All.Where(f => f.Field is null || source.Find(f.Field) is not null)];
}
