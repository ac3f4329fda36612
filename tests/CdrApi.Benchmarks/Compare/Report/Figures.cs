using static System.FormattableString;

namespace CdrApi.Benchmarks.Compare.Report;

/// <summary>Figures to read. The limits are where rounding takes a figure to one digit more.</summary>
internal static class Figures
{
    public static string Time(double milliseconds) => milliseconds switch
    {
        // Pages take less than a millisecond; one decimal would hide their differences.
        < 0.995 => Invariant($"{milliseconds:F2} ms"),
        < 9.95 => Invariant($"{milliseconds:F1} ms"),
        < 10_000 => Invariant($"{milliseconds:N0} ms"),
        _ => Invariant($"{milliseconds / 1000:N1} s"),
    };

    public static string Rate(double perSecond) =>
        perSecond < 9.95 ? Invariant($"{perSecond:F1}/s") : Invariant($"{perSecond:N0}/s");

    public static string Memory(double megabytes) =>
        megabytes < 9.95 ? Invariant($"{megabytes:F1} MB") : Invariant($"{megabytes:N0} MB");

    public static string CpuOfWork(double seconds) => Invariant($"{seconds:N2} s");

    public static string CpuOfPage(double seconds) => Invariant($"{seconds * 1e6:N0} µs");

    public static string Ratio(double ratio) => Plain(ratio, "×");

    /// <summary>Three digits that count, of whatever unit.</summary>
    public static string Plain(double value, string unit) => value switch
    {
        < 0.0995 => Invariant($"{value:F3} {unit}"),
        < 9.995 => Invariant($"{value:F2} {unit}"),
        < 99.95 => Invariant($"{value:F1} {unit}"),
        _ => Invariant($"{value:N0} {unit}"),
    };

    /// <summary>Smallest to largest; null for a single run, which has no spread.</summary>
    public static string? Range(Spread spread, Func<double, string> format)
    {
        if (spread.Min == spread.Max)
            return null;
        var (low, high) = (format(spread.Min), format(spread.Max));
        var unit = high[high.LastIndexOfAny([' ', '/'])..];
        return low.EndsWith(unit, StringComparison.Ordinal) ? $"{low[..^unit.Length]} – {high}" : $"{low} – {high}";
    }
}
