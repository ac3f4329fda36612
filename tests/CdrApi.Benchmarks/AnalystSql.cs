namespace CdrApi.Benchmarks;

/// <summary>The statistics as an analyst would ask for them, exact to the last digit.</summary>
internal static class AnalystSql
{
    public const string ByDay = $"SELECT date_trunc('day', connect_time, 'UTC') AS day{Figures}\nGROUP BY 1 ORDER BY 1";

    public const string ByCountry = $"SELECT n.name AS country{Figures}{Destinations}\nGROUP BY 1 ORDER BY 1";

    private const string Figures =
        """
        , count(*) AS calls, count(*) FILTER (WHERE duration > 0) AS answered,
          sum(duration::numeric) AS duration, sum(billed_duration::numeric) AS billed_duration, sum(cost::numeric) AS cost,
          count(*) FILTER (WHERE duration > 0 OR result IN (486, 600, 408, 480, 487, 603, -30)) AS effective,
          avg(pdd1xx) FILTER (WHERE pdd1xx > 0) AS pdd
        FROM cdrs
        """;

    private const string Destinations =
        "\nLEFT JOIN (SELECT DISTINCT ON (prefix) * FROM destinations ORDER BY prefix, description COLLATE \"C\", country_iso COLLATE \"C\") d"
        + " USING (prefix)\nLEFT JOIN countries n ON n.iso = d.country_iso";
}
