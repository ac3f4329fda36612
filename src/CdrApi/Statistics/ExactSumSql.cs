using System.Globalization;
using CdrApi.Cdrs;

namespace CdrApi.Statistics;

/// <summary>
/// A sum over a column of exactly what lists write: of a double's 15 significant digits. The cast to numeric that gives
/// them prints each value and reads it again, which takes several times as long as all the rest of a statistic. So
/// nearly all values are summed as whole numbers of a small unit, and only the others are cast.
/// </summary>
/// <param name="Partial">Aggregates over CDRs, each under a name of its own.</param>
/// <param name="Total">What sums those up, over any number of parts.</param>
internal sealed record ExactSumSql(IReadOnlyList<string> Partial, string Total)
{
    // Of a value that has at most six decimals. If k / 10^6 is the value itself, k / 10^6 is its decimal: 15 digits
    // survive the way to a double and back.
    private const string Millionths = "0.000001";

    /// <summary>Of values that mostly have few decimals, such as durations.</summary>
    public static ExactSumSql OfFewDecimals(SourceColumn column, string name, string condition = "true")
    {
        if (column.Format != ColumnFormat.Float8)
        {
            return OfNumeric(column, name, condition);
        }

        var x = column.Name;
        var fits = $"abs({x}) < 1e9 AND round({x} * 1e6) / 1e6 = {x}";
        return new ExactSumSql(
            [
                $"sum(CASE WHEN {fits} THEN ({x} * 1e6)::bigint END) FILTER (WHERE {condition}) AS {name}_millionths",
                $"sum(CASE WHEN {fits} THEN NULL WHEN {IsFinite(column)} THEN {x}::numeric END) FILTER (WHERE {condition}) AS {name}_rest",
            ],
            $"coalesce(sum({name}_millionths), 0) * {Millionths} + coalesce(sum({name}_rest), 0)");
    }

    /// <summary>Of values that may have endless decimals, such as a price per minute by seconds.</summary>
    public static ExactSumSql OfManyDecimals(SourceColumn column, string name)
    {
        if (column.Format != ColumnFormat.Float8)
        {
            return OfNumeric(column, name, "true");
        }

        var x = column.Name;
        var (small, large) = (Scaled(x, -4), Scaled(x, 0));
        return new ExactSumSql(
            [
                $"sum({small}) AS {name}_small",
                $"sum({large}) AS {name}_large",
                $"sum({x}::numeric) FILTER (WHERE {x} <> 0 AND {IsFinite(column)} AND ({small}) IS NULL AND ({large}) IS NULL) AS {name}_rest",
            ],
            $"coalesce(sum({name}_small), 0) * 1e-18 + coalesce(sum({name}_large), 0) * 1e-14 + coalesce(sum({name}_rest), 0)");
    }

    /// <summary>Neither NaN, which PostgreSQL puts above infinity, nor infinite: lists write null for these.</summary>
    public static string IsFinite(SourceColumn column) => column.MayBeInfinite ? $"abs({column.Name}) < 'Infinity'" : $"{column.Name} IS NOT NULL";

    private static ExactSumSql OfNumeric(SourceColumn column, string name, string condition) => new(
        [$"sum({column.Name}::numeric) FILTER (WHERE {condition} AND {IsFinite(column)}) AS {name}_rest"],
        $"coalesce(sum({name}_rest), 0)");

    /// <summary>
    /// A value of one of four decades, rounded to 15 significant digits, as a whole number of the last decade's unit; NULL
    /// beyond them. The product with a power of ten is rounded to a double first, which leaves it on the same side of a
    /// half, or on the half: only then the true product could be on either side.
    /// </summary>
    private static string Scaled(string x, int lowestDecade)
    {
        var decades = Enumerable.Range(0, 4).Reverse().Select(i =>
        {
            var product = string.Create(CultureInfo.InvariantCulture, $"{x} * 1e{14 - lowestDecade - i}");
            var unit = i == 0 ? "" : $" * 1{new string('0', i)}";
            return string.Create(CultureInfo.InvariantCulture,
                $"WHEN {x} >= 1e{lowestDecade + i} THEN CASE WHEN {product} - floor({product}) <> 0.5 THEN ({product})::bigint{unit} END");
        });
        return string.Create(CultureInfo.InvariantCulture,
            $"CASE WHEN {x} >= 1e{lowestDecade} AND {x} < 1e{lowestDecade + 4} THEN CASE {string.Join(' ', decades)} END END");
    }
}
