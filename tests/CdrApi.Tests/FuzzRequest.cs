using System.Globalization;
using System.Text;
using CdrSandbox;

namespace CdrApi.Tests;

/// <summary>A request made at random of good parts and bad ones.</summary>
internal sealed class FuzzRequest
{
    private static readonly string[] Paths =
        ["/cdrs", "/cdrs", "/cdrs", "/accounts/{id}/cdrs", "/accounts/{id}/cdrs", "/cdrs/{id}", "/cdrs/stats", "/cdrs/stats",
            "/accounts/{id}/cdrs/stats", "/health", "/health/ready", "/replication-lag", "/{id}", "/cdrs/{id}/{id}", "/accounts/{id}"];

    private static readonly string[] Names =
        ["start_date", "end_date", "i_account", "type", "result", "result_category", "cli", "cld", "cli_translated", "cld_translated", "call_id",
            "prefix", "country", "protocol", "release_source", "remote_ip", "min_duration", "max_duration", "min_cost", "max_cost", "order",
            "cursor", "offset", "include_count", "max_staleness", "fields", "format", "csv", "group_by", "tz", "sort", "colour", "LIMIT", "", "limit[]", "$where"];

    private static readonly string[] Values =
        ["1", "0", "-1", "96", "all", "errors", "asc", "desc", "2026-11-01", "2026-02-30", "9999-12-31T23:59:59Z", "0001-01-01", "2026-11-01T00:00:00+14:00",
            "FRANCE", "336", "33*", "*", "**", "%", "_", "\\", "\\\\", "'", "''", "\"", "\"\"", "\"a", "a,b", ",", ",,", "\"a,b\",c", "' OR 1=1 --",
            "1; DROP TABLE cdrs", "$1", "@p0", "@account0", "{0}", "\0", "\u0001", "\r\n", "\t", " ", "  x  ", "\u00a0", "\u202e", "é", "☎", "😀", "\ud800", "\udc00",
            "NaN", "Infinity", "-Infinity", "1e5", "0x10", "1_000", "٣٣", "1.5", "99999999999999999999999999999", "9223372036854775807", "9223372036854775808",
            "-9223372036854775808", "0.0000000000000000000000000001", "79228162514264337593543950335", "true", "false", "estimate", "null", "undefined",
            "json", "ndjson", "csv", "excel", "rfc4180", "day", "hour,day", "day,country,prefix", "Europe/Paris", "UTC+3", "../../etc/passwd", "-cost", "calls,day",
            "i_cdr,cost", "result_category,call_id", "AQBuiLWbRb6gTwADA_hQO8jAAAAAABjuwF8", "AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "\uFEFF", "success", "client_error,billing"];

    private static readonly (string Name, string[] Values)[] Headers =
    [
        ("Accept", ["*/*", "text/csv", "application/x-ndjson", "image/png", "a/b;q=x", "text/csv;q=0", ";;;", "application/json, */*;q=0.1", ",", "text/*"]),
        ("Accept-Encoding", ["gzip", "br", "identity;q=0", "*;q=0", "gzip;q=9", "x"]),
        ("X-API-Key", ["", "x", "cdr_sandbox_", "cdr__", "cdr_sandbox_0000", "'; --"]),
        ("Range", ["bytes=0-10"]),
        ("If-None-Match", ["*"]),
        ("Expect", ["nothing"]),
        ("traceparent", ["00-00-00-00", "x"]),
        ("Content-Type", ["text/plain", "application/json;charset=utf-7", "application/json"]),
    ];

    private readonly HttpMethod _method;
    private readonly string _path;
    private readonly string? _body;
    private readonly Dictionary<string, string> _headers = [];

    public FuzzRequest(Random random, Sandbox sandbox)
    {
        _headers["X-API-Key"] = random.Next(3) == 0 ? sandbox.AccountKey : sandbox.ApiKey;
        if (random.Next(3) == 0)
        {
            var (name, values) = Pick(random, Headers);
            _headers[name] = Pick(random, values);
        }

        if (random.Next(6) == 0)
        {
            _method = HttpMethod.Post;
            _path = "/cdrs/batch";
            _body = Body(random);
            return;
        }

        _method = random.Next(25) == 0 ? HttpMethod.Parse(Pick(random, "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "TRACE", "PATCH", "FUZZ")) : HttpMethod.Get;
        var query = new StringBuilder(random.Next(20) == 0 ? "?" : "?limit=" + random.Next(1, 30).ToString(CultureInfo.InvariantCulture));
        for (var i = random.Next(5); i > 0; i--)
        {
            query.Append('&').Append(Escape(random, Pick(random, Names))).Append('=').Append(Escape(random, Value(random)));
        }

        _path = Pick(random, Paths).Replace("{id}", Escape(random, Value(random)), StringComparison.Ordinal) + query;
    }

    public HttpRequestMessage ToMessage(Uri url)
    {
        var options = new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true };
        var request = new HttpRequestMessage(_method, new Uri(url.GetLeftPart(UriPartial.Authority) + _path, options));
        if (_body is not null)
        {
            request.Content = new StringContent(_body, Encoding.UTF8, "application/json");
        }

        foreach (var (name, value) in _headers)
        {
            if (!request.Headers.TryAddWithoutValidation(name, value) && request.Content is { } content)
            {
                content.Headers.Remove(name);
                content.Headers.TryAddWithoutValidation(name, value);
            }
        }

        return request;
    }

    public override string ToString() => $"{_method} {_path}\n{string.Join('\n', _headers.Where(h => h.Key != "X-API-Key"))}\n{_body}";

    /// <summary>What no HTTP client would send.</summary>
    public static byte[] RawBytes(Random random, string key)
    {
        var head = $"GET /cdrs?limit=2 HTTP/1.1\r\nHost: a\r\nX-API-Key: {key}\r\n";
        var post = $"POST /cdrs/batch HTTP/1.1\r\nHost: a\r\nX-API-Key: {key}\r\nContent-Type: application/json\r\n";
        var text = random.Next(14) switch
        {
            0 => $"{post}Transfer-Encoding: chunked\r\n\r\nzz\r\n{{}}\r\n0\r\n\r\n",
            1 => $"{post}Transfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n{{}}",
            2 => $"{post}Content-Length: 5\r\nContent-Length: 6\r\n\r\n{{}}",
            3 => $"{post}Content-Length: 50\r\n\r\n{{}}",
            4 => $"{head}X-Large: {new string('a', random.Next(100_000))}\r\n\r\n",
            5 => $"GET /cdrs?cli={new string('3', random.Next(100_000))} HTTP/1.1\r\nHost: a\r\nX-API-Key: {key}\r\n\r\n",
            6 => $"GET /cdrs?cli=%ED%A0%80%C0%AF%00%F4%90%80%80%zz&limit=1 HTTP/1.1\r\nHost: a\r\nX-API-Key: {key}\r\n\r\n",
            7 => $"GET /cdrs/%ED%A0%80%00 HTTP/1.1\r\nHost: a\r\nX-API-Key: {key}\r\n\r\n",
            8 => $"GET /cdrs?limit=2 HTTP/1.0\r\nX-API-Key: {key}\r\n\r\n",
            9 => $"GET /cdrs?limit=2&format=csv HTTP/1.0\r\nX-API-Key: {key}\r\nConnection: keep-alive\r\n\r\n",
            10 => $"{head}Accept: text/csv\r\nTE: trailers\r\n\r\n{head}\r\n",
            11 => $"{head}Evil: a\0b\r\n\r\n",
            12 => $"{Pick(random, "G\0ET", "GET GET", "", "get", "GET\t/")} / HTTP/{Pick(random, "1.1", "9.9", "2.0", "")}\r\n\r\n",
            _ => head + "\r\n",
        };
        var bytes = Encoding.Latin1.GetBytes(text);
        for (var i = random.Next(3) == 0 ? random.Next(20) : 0; i > 0; i--)
        {
            bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
        }

        return bytes;
    }

    private static string Body(Random random)
    {
        var queries = Enumerable.Range(0, random.Next(4)).Select(_ => "{\"limit\":" + random.Next(1, 5).ToString(CultureInfo.InvariantCulture)
            + string.Concat(Enumerable.Range(0, random.Next(4)).Select(_ => $",\"{JsonEscape(Pick(random, Names))}\":{JsonValue(random)}")) + "}");
        var body = "{\"queries\":[" + string.Join(',', queries) + "]}";
        return random.Next(4) == 0 ? body.Remove(random.Next(body.Length), 1) : body;
    }

    private static string JsonValue(Random random) => random.Next(8) switch
    {
        0 => "null",
        1 => "{}",
        2 => "[]",
        3 => random.Next(-5, 1000).ToString(CultureInfo.InvariantCulture),
        4 => $"[\"{JsonEscape(Value(random))}\",1]",
        5 => Pick(random, "true", "1e400", "\"\\ud800\"", "\"\\u0000\"", "[[1]]", "-0"),
        _ => $"\"{JsonEscape(Value(random))}\"",
    };

    private static string JsonEscape(string text) => string.Concat(text.Select(c =>
        c is < ' ' or '"' or '\\' ? string.Create(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}") : c.ToString()));

    private static string Value(Random random) => random.Next(12) switch
    {
        0 => new string(Pick(random, "3", "*", "%", "\"", ",", "a")[0], random.Next(400)),
        1 => string.Concat(Enumerable.Range(0, random.Next(12)).Select(_ => (char)random.Next(1, 0xd7ff))),
        2 => Pick(random, Values) + Pick(random, Values),
        _ => Pick(random, Values),
    };

    private static string Escape(Random random, string text) =>
        // Mostly as it must be, sometimes only as far as a request line bears it.
        random.Next(8) == 0
            ? string.Concat(text.Select(c => c is > ' ' and < '\u007f' and not '#' ? c.ToString() : Uri.EscapeDataString(char.IsSurrogate(c) ? "\ufffd" : c.ToString())))
            : Uri.EscapeDataString(text);

    private static T Pick<T>(Random random, params T[] all) => all[random.Next(all.Length)];
}
