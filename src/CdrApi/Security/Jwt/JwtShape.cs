using System.Buffers.Text;
using System.Text.Json;
using Microsoft.IdentityModel.JsonWebTokens;

namespace CdrApi.Security;

/// <summary>
/// A token as RFC 7515 and RFC 8725 require it. The library ignores <c>crit</c> and <c>typ</c>, takes the last of a member that is given twice,
/// and reads nothing after the header's JSON.
/// </summary>
internal static class JwtShape
{
    private const string MediaType = "application/";

    /// <summary>Each says that the token must be read in another way than it is here.</summary>
    private static readonly string[] Extensions = ["crit", "b64", "zip", "enc", "cty"];

    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false };

    /// <summary>What is wrong, for the log: it quotes nothing of the token. Null if nothing is.</summary>
    public static string? FaultOf(JsonWebToken token)
    {
        try
        {
            using var claims = Read(token.EncodedPayload);
            using var header = Read(token.EncodedHeader);
            return Array.Find(Extensions, name => header.RootElement.TryGetProperty(name, out _)) is { } extension ? $"its header has {extension}"
                : header.RootElement.TryGetProperty("typ", out var type) && !IsAccessToken(type) ? "its typ is neither JWT nor at+jwt"
                : null;
        }
        catch (Exception e) when (e is JsonException or FormatException or InvalidOperationException)
        {
            return "it is not JSON with each name once";
        }
    }

    private static JsonDocument Read(string part) => JsonDocument.Parse(Base64Url.DecodeFromChars(part), Strict);

    private static bool IsAccessToken(JsonElement type)
    {
        if (type.ValueKind is not JsonValueKind.String)
        {
            return false;
        }

        var name = type.GetString()!;
        name = name.StartsWith(MediaType, StringComparison.OrdinalIgnoreCase) ? name[MediaType.Length..] : name;
        return name.Equals("JWT", StringComparison.OrdinalIgnoreCase) || name.Equals("at+jwt", StringComparison.OrdinalIgnoreCase);
    }
}
