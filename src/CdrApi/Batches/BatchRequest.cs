using System.Text.Json;
using CdrApi.Http;

namespace CdrApi.Batches;

/// <summary>The body of a batch, as far as it is common to its queries.</summary>
internal static class BatchRequest
{
    private const string Queries = "queries";

    /// <summary>The queries, or the problem that refuses all of them.</summary>
    public static Task<(IReadOnlyList<BatchQuery>? Queries, Refusal? Refusal)> ReadAsync(HttpRequest request, int most) =>
        JsonBody.ReadAsync(request, body => Read(body, most), Example(most));

    private static (IReadOnlyList<BatchQuery>?, Refusal?) Read(JsonElement body, int most)
    {
        foreach (var member in body.EnumerateObject().Where(m => m.Name != Queries))
        {
            return (null, JsonBody.Refuse(member.Name, $"Unknown member. {Example(most)}"));
        }

        if (!body.TryGetProperty(Queries, out var queries) || queries.ValueKind != JsonValueKind.Array
            || queries.GetArrayLength() is var length && (length == 0 || length > most))
        {
            return (null, JsonBody.Refuse(Queries, $"Must be a list of 1 to {most} queries. {Example(most)}"));
        }

        return ([.. queries.EnumerateArray().Select(BatchQuery.Read)], null);
    }

    private static string Example(int most) =>
        $"Send {{\"queries\":[{{\"id\":\"a\",\"i_account\":14,\"limit\":100}}]}}, with at most {most} queries.";
}
