using System.Globalization;
using System.Text.Json;
using CdrApi.Cdrs;
using CdrApi.Statistics;
using Npgsql;

namespace CdrApi.Tests.Statistics;

/// <summary>Days, hours and dates of every zone, wherever its clocks were or will be moved.</summary>
public sealed class TimeZoneTests(TestSandbox sandbox)
{
    private const long Account = 424_310;

    /// <summary>
    /// Moments around each transition of each zone from 1990 to 2040; of zones that have the very same ones, one. No two transitions are within a week.
    /// </summary>
    private const string Moments =
        """
        CREATE TEMP TABLE steps AS SELECT zone, t, t AT TIME ZONE zone - t AT TIME ZONE 'UTC' AS shift FROM (NAMES) z (zone),
          generate_series('1989-12-27Z'::timestamptz, '2041-01-05Z', '5 days') t;
        CREATE TEMP TABLE transitions AS SELECT zone, before, after, (SELECT min(m) FROM generate_series(hour - interval '59 minutes', hour, '1 minute') m
            WHERE m AT TIME ZONE zone - m AT TIME ZONE 'UTC' = after) AS t
          FROM (SELECT zone, before, after, (SELECT min(h) FROM generate_series(t - interval '5 days', t, '1 hour') h WHERE h AT TIME ZONE zone - h AT TIME ZONE 'UTC' = after) AS hour
            FROM (SELECT zone, t, shift AS after, lag(shift) OVER (PARTITION BY zone ORDER BY t) AS before FROM steps) s WHERE after <> before) h;
        CREATE TEMP TABLE moments AS SELECT DISTINCT zone, t FROM (
          SELECT min(zone) AS zone, moved FROM (SELECT zone, array_agg(t ORDER BY t) AS moved, array_agg((before, after)::text ORDER BY t) AS shifts FROM transitions GROUP BY zone) z GROUP BY moved, shifts) z,
          unnest(moved) move, LATERAL (
            SELECT move + o FROM unnest('{-1 day,-3 hours,-61 minutes,-31 minutes,-1 minute,-1 microsecond,0,1 minute,29 minutes,30 minutes,59 minutes,60 minutes,2 hours,11 hours,25 hours}'::interval[]) o
            UNION ALL SELECT (date_trunc('day', move AT TIME ZONE zone) + d) AT TIME ZONE zone + o FROM unnest('{0,1 day}'::interval[]) d, unnest('{-1 microsecond,0,70 minutes}'::interval[]) o) x (t);
        CREATE INDEX ON moments (zone, t);
        ANALYZE transitions, moments
        """;

    [Fact]
    public async Task A_group_is_what_lies_between_its_beginning_and_the_next_in_every_zone()
    {
        await using var connection = await sandbox.Primary.OpenConnectionAsync();
        await RunAsync(connection, Moments.Replace("NAMES", TimeZoneSql.Names, StringComparison.Ordinal));
        (await ScalarAsync<long>(connection, "SELECT count(*) FROM transitions")).Should().BeGreaterThan(20_000);
        (await ScalarAsync<long>(connection, "SELECT count(DISTINCT shift) FROM (SELECT after - before FROM transitions) s (shift)")).Should()
            .BeGreaterThan(8, "some clocks are moved by half an hour, some by two or three, and some skip a day");

        foreach (var (unit, isOnlyGroup) in from unit in new[] { "hour", "day", "month" } from only in new[] { true, false } select (unit, only))
        {
            // The service's own expressions, with the zone of a row in place of the request's.
            var key = OfRow(StatisticsTimeSql.Key("r.t", unit, "any", isOnlyGroup));
            var group = OfRow(StatisticsTimeSql.Group("r.k", unit, "any", isOnlyGroup));
            var beginning = OfRow(StatisticsTimeSql.Beginning("r.g", unit, "any"));
            await RunAsync(connection,
                $"""
                DROP TABLE IF EXISTS grouped;
                CREATE TEMP TABLE grouped AS SELECT zone, t, g, {beginning} AS b FROM (
                  SELECT zone, t, {group} AS g FROM (SELECT zone, t, {key} AS k FROM moments r OFFSET 0) r OFFSET 0) r;
                ANALYZE grouped
                """);

            // A label passed on as start_date, with its neighbour's as end_date: counted without any group.
            var wrong = await ScalarAsync<long>(connection,
                """
                WITH labels AS (SELECT zone, b, count(*) AS calls, lead(b, 1, 'infinity') OVER (PARTITION BY zone ORDER BY b) AS next, count(DISTINCT g) AS groups FROM grouped GROUP BY zone, b OFFSET 0)
                SELECT count(*) FROM labels l WHERE groups <> 1 OR calls <> (SELECT count(*) FROM moments m WHERE m.zone = l.zone AND m.t >= l.b AND m.t < l.next)
                """);
            wrong.Should().Be(0, "each {0} has its own CDRs, {1} other groups", unit, isOnlyGroup ? "without" : "with");

            // Clocks show the unit's beginning then, for the first time, or were moved then.
            var odd = await ScalarAsync<string?>(connection,
                $"""
                SELECT min(zone || ' ' || b::text) FROM (SELECT DISTINCT zone, b FROM grouped) l
                WHERE NOT (date_trunc('{unit}', b AT TIME ZONE zone) = b AT TIME ZONE zone OR EXISTS (SELECT FROM transitions t WHERE t.zone = l.zone AND t.t = l.b))
                  OR ('{unit}' <> 'hour' AND {TimeZoneSql.FirstMoment($"date_trunc('{unit}', b AT TIME ZONE zone)", "zone")} <> b)
                """);
            odd.Should().BeNull();

            // And what a caller reads is that moment.
            var unread = await ScalarAsync<string?>(connection, $"SELECT min(zone || ' ' || b::text) FROM (SELECT DISTINCT zone, b FROM grouped) r WHERE ({OfRow(StatisticsTimeSql.Text("r.b", "any"))})::timestamptz <> b");
            unread.Should().BeNull();

            // And no CDR stands in a group of another time of day, but for what clocks show again after midnight.
            var strange = await ScalarAsync<string?>(connection,
                $"""
                SELECT min(zone || ' ' || t::text || ' in ' || b::text) FROM grouped m
                WHERE date_trunc('{unit}', t AT TIME ZONE zone) <> date_trunc('{unit}', b AT TIME ZONE zone)
                  AND NOT EXISTS (SELECT FROM transitions x WHERE x.zone = m.zone AND x.t > m.b AND x.t <= m.t AND (x.after < x.before OR '{unit}' = 'hour'))
                """);
            strange.Should().BeNull();
        }

        static string OfRow(string sql) => sql.Replace("@tz", "r.zone", StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Australia/Lord_Howe", "2026-04-04T12:00Z")]
    [InlineData("Australia/Lord_Howe", "2026-10-03T12:00Z")]
    [InlineData("America/Caracas", "2007-12-09T03:00Z")]
    [InlineData("America/St_Johns", "2010-11-06T23:00Z")]
    [InlineData("America/Havana", "2026-11-01T01:00Z")]
    [InlineData("Antarctica/Casey", "2020-10-03T12:00Z")]
    [InlineData("Pacific/Apia", "2011-12-30T06:00Z")]
    public async Task A_label_and_its_neighbour_are_the_dates_of_the_groups_figures(string zone, string from)
    {
        await WriteAsync(from, count: 160, "10 minutes");
        try
        {
            foreach (var groups in new[] { "hour", "day", "hour,result" })
            {
                var unit = groups.Split(',')[0];
                var answer = await sandbox.All.GetAsync($"/accounts/{Account}/cdrs/stats?group_by={groups}&tz={zone}");
                var labels = answer.GetProperty("data").EnumerateArray().ToLookup(r => r.GetProperty(unit).GetString()!);
                labels.Sum(l => l.Sum(Calls)).Should().Be(160);
                foreach (var (label, next) in labels.Zip(labels.Skip(1).Select(l => l.Key).Append(null)))
                {
                    var dates = $"start_date={Uri.EscapeDataString(label.Key)}" + (next is null ? "" : $"&end_date={Uri.EscapeDataString(next)}");
                    var own = (await sandbox.All.GetAsync($"/accounts/{Account}/cdrs/stats?{dates}")).GetProperty("totals");
                    Calls(own).Should().Be(label.Sum(Calls), "{0} of {1} from {2}", groups, zone, label.Key);
                    if (label.Count() == 1 && groups == unit)
                    {
                        own.EnumerateObject().Should().AllSatisfy(f => label.Single().GetProperty(f.Name).GetRawText().Should().Be(f.Value.GetRawText(), "{0} of {1}", f.Name, label.Key));
                    }

                    // A day's date is its label.
                    if (unit == "day" && next is not null)
                    {
                        var named = await sandbox.All.GetAsync($"/accounts/{Account}/cdrs/stats?tz={zone}&start_date={label.Key[..10]}&end_date={next[..10]}");
                        Calls(named.GetProperty("totals")).Should().Be(label.Sum(Calls));
                    }
                }
            }
        }
        finally
        {
            await RemoveAsync();
        }
    }

    private static long Calls(JsonElement figures) => figures.GetProperty("calls").GetInt64();

    [Theory]
    [InlineData("Europe/Paris", "2026-11-01", "2026-10-31T23:00:00Z")]
    [InlineData("Europe/Paris", "2026-07-01T12:30", "2026-07-01T10:30:00Z")]
    [InlineData("Europe/Paris", "2026-07-01 12:30:15.5", "2026-07-01T10:30:15.5Z")]
    [InlineData("Europe/Paris", "2026-07-01T12:30Z", "2026-07-01T12:30:00Z")]
    [InlineData("Europe/Paris", "2026-03-29T02:30", "2026-03-29T01:30:00Z")] // left out: as much later as clocks are moved
    [InlineData("Europe/Paris", "2026-10-25T02:30", "2026-10-25T00:30:00Z")] // twice: the first
    [InlineData("Australia/Lord_Howe", "2026-04-05T01:45", "2026-04-04T14:45:00Z")]
    [InlineData("America/Sao_Paulo", "2018-11-04", "2018-11-04T03:00:00Z")] // no midnight
    [InlineData("America/Havana", "2026-11-01", "2026-11-01T04:00:00Z")] // two midnights
    [InlineData("Pacific/Apia", "2011-12-30", "2011-12-30T10:00:00Z")] // no such day
    [InlineData("Europe/Paris", "0001-01-01", "0001-01-01T00:00:00Z")]
    [InlineData("UTC", "2026-11-01", "2026-11-01T00:00:00Z")]
    public async Task A_date_or_time_without_an_offset_is_one_of_the_zone(string zone, string date, string moment)
    {
        // What binds a cursor is the moment that the filter means.
        var path = "/cdrs?limit=1&fields=i_cdr";
        var named = await CursorAsync($"{path}&tz={zone}&start_date={Uri.EscapeDataString(date)}");
        var meant = await CursorAsync($"{path}&start_date={moment}");
        var other = await CursorAsync($"{path}&start_date={moment[..10]}T23:59:59.5Z");

        named.Should().Be(meant).And.NotBe(other);

        async Task<string> CursorAsync(string list) => (await sandbox.All.GetAsync(list)).GetProperty("next_cursor").GetString()!;
    }

    [Theory]
    [InlineData("tz=Europe/Paris&start_date=2026-03-29T02:00&end_date=2026-03-29T03:00")]
    [InlineData("tz=Europe/Paris&start_date=2026-03-29T02:30&end_date=2026-03-29T03:15")]
    [InlineData("tz=Pacific/Apia&start_date=2011-12-30&end_date=2011-12-31")]
    public async Task An_hour_or_day_that_clocks_leave_out_is_empty(string dates)
    {
        (await sandbox.All.GetAsync($"/cdrs?{dates}")).GetProperty("count").GetInt32().Should().Be(0);
        (await sandbox.All.GetAsync($"/cdrs/stats?{dates}")).GetProperty("totals").GetProperty("calls").GetInt64().Should().Be(0);
    }

    [Fact]
    public async Task The_last_moment_as_dotnet_writes_it_is_taken() =>
        await sandbox.All.GetAsync($"/cdrs?limit=1&end_date={DateTime.MaxValue:yyyy-MM-ddTHH:mm:ss.fffffffZ}");

    [Fact]
    public async Task Lists_statistics_and_batches_have_the_same_days_of_a_zone()
    {
        await WriteAsync("2026-10-24T20:00Z", count: 180, "10 minutes");
        try
        {
            const string Day = "tz=Europe/Paris&start_date=2026-10-25&end_date=2026-10-26";
            var statistic = await sandbox.All.GetAsync($"/accounts/{Account}/cdrs/stats?group_by=day&{Day}");
            var list = await sandbox.All.GetAsync($"/accounts/{Account}/cdrs?type=all&{Day}");
            var batch = await sandbox.All.PostAsync("/cdrs/batch",
                $$"""{"queries":[{"i_account":{{Account}},"type":"all","tz":"Europe/Paris","start_date":"2026-10-25","end_date":"2026-10-26"}]}""");

            var day = statistic.GetProperty("data").EnumerateArray().Single();
            day.GetProperty("day").GetString().Should().Be("2026-10-25T00:00:00+02:00");
            day.GetProperty("calls").GetInt64().Should().Be(25 * 6);
            list.GetProperty("count").GetInt64().Should().Be(25 * 6);
            batch.GetProperty("results")[0].GetProperty("count").GetInt64().Should().Be(25 * 6);
        }
        finally
        {
            await RemoveAsync();
        }
    }

    [Theory]
    [InlineData("0.0000005", "0")]
    [InlineData("0.0000015", "0.000002")]
    [InlineData("0.1234567", "0.123457")]
    [InlineData("0.9999995", "1")]
    [InlineData("0.123456499999999999999", "0.123456")]
    [InlineData("0.000000500000001", "0.000001")]
    public async Task More_digits_than_six_are_rounded_as_PostgreSQL_does(string fraction, string rounded)
    {
        (await sandbox.Replica.ScalarAsync<string>($"SELECT trim_scale(extract(epoch FROM timestamptz '1970-01-01 00:00:0{fraction}Z'))::text")).Should().Be(rounded);

        CdrApi.Http.Rfc3339.TryParse($"1970-01-01T00:00:0{fraction}Z", out DateTimeOffset moment).Should().BeTrue();
        ((moment - DateTimeOffset.UnixEpoch).Ticks / 10_000_000m).Should().Be(decimal.Parse(rounded, CultureInfo.InvariantCulture));
        await sandbox.All.GetAsync($"/cdrs?limit=1&start_date=2026-01-01T00:00:0{fraction}Z");
    }

    private async Task WriteAsync(string from, int count, string step)
    {
        await sandbox.Primary.CreateCommand(
            $"""
            INSERT INTO cdrs (i_cdr, i_call, i_account, result, cost, duration, connect_time)
            SELECT 999320000000 + n, 1, {Account}, n % 2 * 486, n * 0.01, 60 * ((n + 1) % 2), timestamptz '{from}' + n * interval '{step}' FROM generate_series(0, {count - 1}) n
            """).ExecuteNonQueryAsync();
        await Eventually.BecomesTrueAsync(async () => await sandbox.Replica.ScalarAsync<long>($"SELECT count(*) FROM cdrs WHERE i_account = {Account}") == count);
    }

    private async Task RemoveAsync()
    {
        await sandbox.Primary.CreateCommand($"DELETE FROM cdrs WHERE i_account = {Account}").ExecuteNonQueryAsync();
        await Eventually.BecomesTrueAsync(async () => await sandbox.Replica.ScalarAsync<long>($"SELECT count(*) FROM cdrs WHERE i_account = {Account}") == 0);
    }

    private static async Task RunAsync(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 300 };
        await command.ExecuteNonQueryAsync();
    }

    private static async Task<T> ScalarAsync<T>(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 300 };
        return await command.ExecuteScalarAsync() is T value ? value : default!;
    }
}
