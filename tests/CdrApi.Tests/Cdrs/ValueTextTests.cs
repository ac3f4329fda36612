using System.Globalization;
using System.Text;
using CdrApi.Cdrs.Formats;

namespace CdrApi.Tests.Cdrs;

public sealed class ValueTextTests(TestSandbox sandbox)
{
    [Fact]
    public async Task Decimals_are_what_PostgreSQL_casts_to_numeric()
    {
        var random = new Random(7);
        double[] values =
        [
            0, -0.0, 1, -1, 0.1, 0.1 + 0.2, 1e-12, -1e-12, 123456.789, 999999999.999999, 1e9, 1e15, 1e16, 123456789012345678,
            1.5e300, 1.5e-300, double.MaxValue, double.Epsilon, 0.0000005, 4.35, 2.675, 1.0 / 3, 1e22, 9007199254740993,
            // On either side of where a digit more begins, and halfway between two last digits.
            .. Enumerable.Range(-25, 50).Select(e => Math.Pow(10, e)).SelectMany(p => new[] { p, Math.BitDecrement(p), Math.BitIncrement(p) }),
            0.1234567890123455, 0.5000000000000005, 1.00000000000000055, 12345678901.23455, 999999999999999.5, 100000000000000.5,
            .. Enumerable.Range(0, 20_000).Select(_ => random.Next(6) switch
            {
                0 => random.NextDouble(),
                1 => Math.Round(random.NextDouble() * 1000, random.Next(8)),
                2 => random.NextDouble() * Math.Pow(10, random.Next(-20, 25)),
                3 => -random.NextDouble() * 100,
                4 => random.Next(100_000) / 60.0 * 0.0129,
                _ => BitConverter.Int64BitsToDouble(random.NextInt64()) is var any && double.IsFinite(any) ? any : 1,
            }),
        ];
        await using var command = sandbox.Replica.CreateCommand("SELECT array_agg(v::numeric::text ORDER BY i) FROM unnest($1) WITH ORDINALITY u(v, i)");
        command.Parameters.Add(new() { Value = values });
        var expected = (string[])(await command.ExecuteScalarAsync())!;

        values.Select(Write).Should().Equal(expected);

        static string Write(double value)
        {
            Span<byte> to = stackalloc byte[ValueText.LongestDecimal];
            return Encoding.ASCII.GetString(to[..ValueText.WriteDecimal(value, to)]);
        }
    }

    [Theory]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    [InlineData(double.NegativeInfinity)]
    public void What_JSON_has_no_number_for_is_not_written(double value) =>
        ValueText.WriteDecimal(value, new byte[ValueText.LongestDecimal]).Should().Be(0);

    [Fact]
    public void Times_are_RFC_3339_to_the_microsecond_from_year_1_to_9999()
    {
        var random = new Random(7);
        var epoch = new DateTime(2000, 1, 1, 0, 0, 0, DateTimeKind.Utc);
        var lowest = (DateTime.MinValue.Ticks - epoch.Ticks) / TimeSpan.TicksPerMicrosecond;
        var highest = (DateTime.MaxValue.Ticks - epoch.Ticks) / TimeSpan.TicksPerMicrosecond;
        long[] values = [0, -1, 1, lowest, highest, .. Enumerable.Range(0, 50_000).Select(i =>
            random.NextInt64(lowest, highest) is var t && i % 3 == 0 ? t - (t % 1_000_000) : i % 3 == 1 ? t - (t % 10_000) : t)];

        // One for all of them: it keeps the last date. Twice each, and neighbours within a day.
        var text = new TimeText();
        foreach (var value in values.SelectMany(v => new[] { v, v, Math.Min(v + 1, highest) }))
        {
            Write(value).Should().Be(epoch.AddTicks(value * 10).ToString("yyyy-MM-dd'T'HH:mm:ss.FFFFFF'Z'", CultureInfo.InvariantCulture));
        }

        Write(lowest - 1).Should().BeEmpty();
        Write(highest + 1).Should().BeEmpty();
        Write(long.MaxValue).Should().BeEmpty("that is PostgreSQL's infinity");
        Write(long.MinValue).Should().BeEmpty();

        string Write(long value)
        {
            Span<byte> to = stackalloc byte[TimeText.Longest];
            return Encoding.ASCII.GetString(to[..text.Write(value, to)]);
        }
    }
}
