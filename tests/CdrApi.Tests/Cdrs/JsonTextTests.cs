using System.Text;
using System.Text.Json;
using CdrApi.Cdrs.Formats;

namespace CdrApi.Tests.Cdrs;

public sealed class JsonTextTests
{
    [Theory]
    [InlineData("")]
    [InlineData("+33199001234")]
    [InlineData("\"quoted\" back\\slash /slash")]
    [InlineData("tab\t line\n return\r bell\u0007 delete\u007f escape\u001b")]
    [InlineData("é 😀 مرحبا \u2028")]
    [InlineData("<script>&amp;'</script>")]
    public void Text_survives_the_way_through_a_JSON_parser(string text)
    {
        var json = Write(Encoding.UTF8.GetBytes(text));

        JsonSerializer.Deserialize<string>(json).Should().Be(text);
    }

    [Theory]
    [InlineData("+33199001234 <é> /", "\"+33199001234 <é> /\"")]
    [InlineData("a\"b\\c\u0001", "\"a\\\"b\\\\c\\u0001\"")]
    public void Only_what_JSON_demands_is_escaped(string text, string expected) =>
        Write(Encoding.UTF8.GetBytes(text)).Should().Be(expected);

    [Fact]
    public void Bytes_that_are_no_UTF8_become_replacement_characters() =>
        Write([(byte)'a', 0xE9, (byte)'b', 0xFF]).Should().Be("\"a\uFFFDb\uFFFD\"");

    [Fact]
    public void Text_longer_than_a_segment_is_written_whole()
    {
        var text = new string('"', 200_000);

        JsonSerializer.Deserialize<string>(Write(Encoding.UTF8.GetBytes(text))).Should().Be(text);
    }

    private static string Write(byte[] utf8)
    {
        using var buffer = new SliceBuffer();
        JsonText.Write(buffer, utf8);
        using var stream = new MemoryStream();
        buffer.SendAsync(stream, 0, CancellationToken.None).AsTask().IsCompletedSuccessfully.Should().BeTrue();
        return Encoding.UTF8.GetString(stream.ToArray());
    }
}
