using System.Globalization;

namespace CdrSandbox.Sippy;

/// <summary>Dial prefixes, countries, and numbers that are reserved for fiction.</summary>
internal static class NumberingPlan
{
    // Filled by the rows below, so it stands above them.
    private static readonly Dictionary<string, string> CountryNames = [];

    /// <summary>
    /// Traffic goes only where numbers are set apart for fiction: France, the United Kingdom and the countries of +1.
    /// Some prefixes stand here twice, as they do in real tables.
    /// </summary>
    public static IReadOnlyList<Destination> Destinations { get; } =
    [
        .. Rows("FR", "France", ("331", "France Paris", 14), ("33", "France", 5), ("336", "France Mobile", 22), ("3363998", "France Mobile Premium", 3)),
        .. Rows("GB", "United Kingdom", ("447", "UK Mobile", 12), ("44770", "UK Mobile Other", 5), ("44", "United Kingdom", 2)),
        .. Rows("JE", "Jersey", ("44770", "Jersey Mobile", 0)),
        .. Rows("GG", "Guernsey", ("44", "Guernsey", 0)),
        .. Rows("US", "United States of America", ("1", "USA", 5), ("1202", "USA Washington, D.C.", 3), ("1212", "USA New York", 6),
            ("1213", "USA California", 3), ("1305", "USA Florida", 3), ("1312", "USA Illinois", 2), ("1617", "USA Massachusetts", 1), ("1907", "USA Alaska", .3)),
        .. Rows("CA", "Canada", ("1", "Canada", 0), ("1416", "Canada Toronto", 2), ("1514", "Canada Montréal \"Québec\"", 3), ("1604", "Canada Vancouver", 1)),
        .. Rows("DO", "Dominican Republic", ("1809", "Dominican Republic", 1), ("1829", "Dominican Republic Mobile", .5)),
        .. Rows("PR", "Puerto Rico", ("1787", "Puerto Rico", .8), ("1939", "Puerto Rico Mobile", .3)),
        .. Rows("JM", "Jamaica", ("1876", "Jamaica", .8), ("1876", "Jamaica Mobile", 0)),
        .. Rows("BS", "Bahamas", ("1242", "Bahamas", .3)), .. Rows("BB", "Barbados", ("1246", "Barbados", .3)),
        .. Rows("AI", "Anguilla", ("1264", "Anguilla", .1)), .. Rows("AG", "Antigua and Barbuda", ("1268", "Antigua, Barbuda", .1)),
        .. Rows("VG", "British Virgin Islands", ("1284", "Virgin Islands (British)", .1)), .. Rows("KY", "Cayman Islands", ("1345", "Cayman Islands", .2)),
        .. Rows("BM", "Bermuda", ("1441", "Bermuda", .2)), .. Rows("GD", "Grenada", ("1473", "Grenada", .1)),
        .. Rows("TC", "Turks and Caicos Islands", ("1649", "Turks & Caicos", .1)), .. Rows("GU", "Guam", ("1671", "Guam", .1)),
        .. Rows("LC", "Saint Lucia", ("1758", "St. Lucia", .1)), .. Rows("TT", "Trinidad and Tobago", ("1868", "Trinidad & Tobago", .4)),
        .. Rows("DE", "Germany", ("49", "Germany", 0), ("4915", "Germany Mobile", 0)), .. Rows("ES", "Spain", ("34", "Spain", 0), ("346", "Spain Mobile", 0)),
        .. Rows("IT", "Italy", ("39", "Italy", 0), ("393", "Italy Mobile", 0)), .. Rows("VA", "Vatican City", ("39", "Vatican", 0)),
        .. Rows("BE", "Belgium", ("32", "Belgium", 0)), .. Rows("NL", "Netherlands", ("31", "Netherlands", 0)), .. Rows("CH", "Switzerland", ("41", "Switzerland", 0)),
        .. Rows("PT", "Portugal", ("351", "Portugal", 0)), .. Rows("CI", "Côte d'Ivoire", ("225", "Côte d'Ivoire", 0)), .. Rows("SN", "Senegal", ("221", "Senegal", 0)),
        .. Rows("MA", "Morocco", ("212", "Morocco", 0)), .. Rows("EH", "Western Sahara", ("212", "Western Sahara", 0)), .. Rows("TN", "Tunisia", ("216", "Tunisia", 0)),
        .. Rows("DZ", "Algeria", ("213", "Algeria", 0)), .. Rows("RU", "Russia", ("7", "Russia", 0)), .. Rows("KZ", "Kazakhstan", ("7", "Kazakhstan", 0)),
        .. Rows("IN", "India", ("91", "India", 0)), .. Rows("BR", "Brazil", ("55", "Brazil", 0)),
        // A country that countries does not know.
        new("883", "XX", "International Networks", 0),
    ];

    /// <summary>ISO code and name, in upper case as Sippy has them.</summary>
    public static IReadOnlyDictionary<string, string> Countries => CountryNames;

    /// <summary>Prefixes that CDRs are rated by, some of which destinations does not know.</summary>
    public static Weighted<string> Prefixes { get; } = new(
    [
        .. Destinations.Where(destination => destination.Traffic > 0).Select(destination => (destination.Prefix, destination.Traffic)),
        ("1900", .5), ("1456", .3), ("33199", .3),
    ]);

    /// <summary>An E.164 number without its +, never a real one.</summary>
    public static string Number(string prefix, Random random) => prefix switch
    {
        ['3', '3', '6', ..] => Append("3363998", random, 4),
        ['3', '3', ..] => Append("3319900", random, 4),
        ['4', '4', ..] => Append("447700900", random, 3),
        ['1', _, _, _] => Append(prefix + "55501", random, 2),
        _ => Append("120255501", random, 2),
    };

    private static string Append(string stem, Random random, int digits) =>
        stem + random.Next((int)Math.Pow(10, digits)).ToString(CultureInfo.InvariantCulture).PadLeft(digits, '0');

    private static IEnumerable<Destination> Rows(string iso, string country, params (string Prefix, string Description, double Traffic)[] rows)
    {
        CountryNames[iso] = country.ToUpperInvariant();
        return rows.Select(row => new Destination(row.Prefix, iso, row.Description, row.Traffic));
    }
}
