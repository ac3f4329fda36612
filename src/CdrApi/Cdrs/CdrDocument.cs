using System.Globalization;
using System.Text;
using CdrApi.Http;

namespace CdrApi.Cdrs;

/// <summary>What stands around the rows of a list in JSON. What is known only at the end comes at the end.</summary>
internal static class CdrDocument
{
    public static byte[] Head(CdrWalk walk) => Encoding.UTF8.GetBytes("{" + Members(walk));

    public static byte[] Tail(CdrWalk walk, CdrRequest request)
    {
        var cursor = NextCursor(walk, request) is { } text ? $"\"{text}\"" : "null";
        var asOf = walk.AsOf is { } moment ? $"\"{Rfc3339.Format(moment)}\"" : "null";
        return Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture,
            $"],\"count\":{walk.Count},\"limit\":{request.Limit},\"next_cursor\":{cursor},\"as_of\":{asOf}}}"));
    }

    /// <summary>The members before the rows, without the brace.</summary>
    public static string Members(CdrWalk walk) =>
        string.Create(CultureInfo.InvariantCulture, $"{(walk.Total is { } total ? $"\"total\":{total}," : "")}\"data\":[");

    /// <summary>Null exactly when nothing is left.</summary>
    public static string? NextCursor(CdrWalk walk, CdrRequest request) =>
        walk is { More: true, Last: { } last } ? request.Cursor.Write(last) : null;
}
