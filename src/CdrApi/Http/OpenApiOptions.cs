namespace CdrApi.Http;

/// <summary>The documents for developers. Section <c>OpenApi</c>.</summary>
public sealed class OpenApiOptions
{
    public const string Section = "OpenApi";

    /// <summary>Whether /swagger and /openapi/v1.json are served. Default true.</summary>
    public bool Enabled { get; set; } = true;
}
