using System.Text.Json;
using System.Text.Json.Serialization;

namespace CdrApi.Http;

internal static class JsonSetup
{
    /// <summary>snake_case everywhere, since Sippy's own names are.</summary>
    public static void AddJson(this WebApplicationBuilder builder) =>
        builder.Services.ConfigureHttpJsonOptions(json =>
        {
            json.SerializerOptions.PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower;
            json.SerializerOptions.Converters.Add(new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower));
            json.SerializerOptions.Converters.Add(new UtcTimes());
        });
}
